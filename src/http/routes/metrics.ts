/** /metrics for Prometheus: with METRICS_TOKEN as a bearer, or on METRICS_PORT, which the public doesn't reach. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Config } from '../../config.ts';
import type { Metrics } from '../../metrics.ts';
import { hashSecret } from '../../secrets.ts';
import { createAnswerHeaders } from '../answer-headers.ts';

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

export interface MetricsServer {
  close(): Promise<void>;
}

/** Serves /metrics and nothing else on METRICS_PORT. @throws Node's own error when it can't listen. */
export async function serveMetrics({
  config: { HOST: host, METRICS_PORT: port, METRICS_TOKEN: token, PUBLIC_URL },
  metrics,
}: {
  config: Pick<Config, 'HOST' | 'METRICS_PORT' | 'METRICS_TOKEN' | 'PUBLIC_URL'>;
  metrics: Metrics;
}): Promise<MetricsServer> {
  const headers = createAnswerHeaders(PUBLIC_URL);
  const route = createMetricsRoute(metrics, token);
  const server = createServer((request, response) => {
    headers.apply(response);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || request.url?.split('?')[0] !== '/metrics') {
      response
        .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
        .end('Only /metrics is here.\n');
      return;
    }
    route(request, response).catch(() => response.destroy());
  });
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
