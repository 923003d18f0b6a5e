/** Metrics of a gateway under test, which wants a token for them. */

/** METRICS_TOKEN of every gateway that the tests start. */
export const METRICS_TOKEN = 'test-metrics-token';

/** The whole text of a gateway's metrics. @throws for another answer than 200 */
export async function readMetrics(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  return response.text();
}
