/** One HTTP server for both providers: reads requests, applies faults, responds. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { type Respond, respondWithFaults } from './fault-injection.ts';
import type { Faults } from './faults.ts';
import { HttpError, jsonResponse, type SimulatedRequest, type SimulatedResponse } from './http.ts';

const LARGEST_BODY = 1_048_576;

/** Runs the work of a request, or refuses it because too many others run. */
export type ConcurrencyLimiter = (
  httpRequest: SimulatedRequest,
  work: () => Promise<SimulatedResponse | null>,
) => Promise<SimulatedResponse | null>;

export interface SimulatorServer {
  listen(host: string, port: number): Promise<string>;
  close(): Promise<void>;
}

/** Faults apply to requests under /google and /microsoft, never to the control API or the page. */
export function createSimulatorServer(deps: {
  respond: Respond;
  limitConcurrency: ConcurrencyLimiter;
  faults: Faults;
  log: Log | undefined;
  /** Called with every request that was read. */
  onRequest?: (request: { method: string; path: string }) => void;
}): SimulatorServer {
  const { respond, limitConcurrency, faults, log, onRequest } = deps;
  let url = '';

  /** Null: the connection is cut. */
  async function respondTo(request: IncomingMessage): Promise<SimulatedResponse | null> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    onRequest?.({ method, path: pathname });
    if (body === null) return jsonResponse(413, { error: 'Too large.' });
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    // Links use the host name that the client used.
    const root = headers.host ? `http://${headers.host}` : url;
    const httpRequest = { method, path: pathname, query: searchParams, headers, body, url: root };
    return limitConcurrency(httpRequest, () => respondWithFaults(httpRequest, faults, respond));
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    let httpResponse: SimulatedResponse | null;
    try {
      httpResponse = await respondTo(request);
    } catch (error) {
      httpResponse =
        error instanceof HttpError
          ? error.response
          : jsonResponse(500, { error: { code: 500, message: String(error) } });
      if (httpResponse.status === 500) log?.error({ err: error, url: request.url }, 'simulator');
    }
    if (!httpResponse) return void response.destroy();
    log?.debug(
      { method: request.method, url: request.url, status: httpResponse.status },
      'simulated request',
    );
    const text = httpResponse.body ?? '';
    response.writeHead(httpResponse.status, {
      ...httpResponse.headers,
      ...(httpResponse.status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
    });
    response.end(request.method === 'HEAD' || httpResponse.status === 204 ? undefined : text);
  }

  const server: Server = createServer((request, response) => void serve(request, response));
  return {
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(port, host, resolve);
      });
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      const name =
        { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
      url = `http://${name}:${bound}`;
      return url;
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Null for a body that is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size <= LARGEST_BODY) parts.push(part as Buffer);
  }
  return size > LARGEST_BODY ? null : Buffer.concat(parts).toString();
}
