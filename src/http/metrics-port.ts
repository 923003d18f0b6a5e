/** METRICS_PORT of each process, workers included: /metrics, /healthz and /readyz, apart from what the public reaches. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { createAnswerHeaders } from './answer-headers.ts';
import { plainText, sendReply } from './replies.ts';
import { type Health, sayAlive, sayReady } from './routes/health.ts';
import { createMetricsRoute } from './routes/metrics.ts';

/** A scrape and a probe take milliseconds; slower ones are given up. */
const TIMEOUTS = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 15_000 };
/** Connections at once: a few scrapers and probes, each with some to spare. */
const CONNECTIONS_MAX = 64;

export interface MetricsPortDeps {
  config: Pick<Config, 'HOST' | 'METRICS_PORT' | 'METRICS_TOKEN' | 'PUBLIC_URL'>;
  metrics: Metrics;
  health: Health;
}

export interface MetricsServer {
  close(): Promise<void>;
}

/** @throws Node's own error when it can't listen. */
export async function openMetricsServer({
  config,
  metrics,
  health,
}: MetricsPortDeps): Promise<MetricsServer> {
  const { HOST: host, METRICS_PORT: port, METRICS_TOKEN: token, PUBLIC_URL } = config;
  const headers = createAnswerHeaders(PUBLIC_URL);
  const sendMetrics = createMetricsRoute(metrics, token);
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/metrics': sendMetrics,
    '/healthz': (_request, response) => sendReply(response, sayAlive()),
    '/readyz': async (_request, response) => sendReply(response, await sayReady(health)),
  };
  const nothing = (_request: IncomingMessage, response: ServerResponse) =>
    sendReply(response, plainText(404, 'Only /metrics, /healthz and /readyz are here.\n'));
  const server = createServer(TIMEOUTS, async (request, response) => {
    headers.apply(response);
    const path = request.url?.split('?')[0] ?? '';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const route = (isRead && Object.hasOwn(routes, path) && routes[path]) || nothing;
    try {
      await route(request, response);
    } catch {
      response.destroy();
    }
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, resolve);
  });
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
