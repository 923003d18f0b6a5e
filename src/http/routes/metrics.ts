/** /metrics for Prometheus: with METRICS_TOKEN as a bearer, or on METRICS_PORT, which the public doesn't reach. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../../metrics.ts';
import { hashSecret } from '../../secrets.ts';

/** Sends the metrics, or 401 where a token is wanted and not given. */
export type MetricsRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * @param token METRICS_TOKEN; undefined: every caller that reaches the port may read
 * @param onRefused is called before a wrong token is refused. @throws for a caller that may ask no more
 */
export function createMetricsRoute(
  { registry }: Metrics,
  token: string | undefined,
  onRefused: (request: IncomingMessage) => Promise<void> = async () => {},
): MetricsRoute {
  const wanted = token === undefined ? null : Buffer.from(hashSecret(token));
  const isAllowed = (authorization = '') => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
    return wanted === null || timingSafeEqual(Buffer.from(hashSecret(given)), wanted);
  };
  return async (request, response) => {
    if (!isAllowed(request.headers.authorization)) {
      await onRefused(request);
      response
        .writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'text/plain; charset=utf-8' })
        .end('The metrics want METRICS_TOKEN as a bearer.\n');
      return;
    }
    const body = await registry.metrics();
    response
      .writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
      .end(request.method === 'HEAD' ? undefined : body);
  };
}
