/** One HTTP server for both providers: reads requests, meets faults, answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { type Answer, type Exchange, json, Refusal } from './exchange.ts';
import type { Faults } from './faults.ts';
import { type Answering, met } from './met.ts';

const LARGEST_BODY = 1_048_576;

/** Does the work of a request, or refuses it because others run. */
export type Limited = (exchange: Exchange, work: () => Promise<Answer | null>) => Promise<Answer | null>;

export interface HttpServer {
  listen(host: string, port: number): Promise<string>;
  close(): Promise<void>;
}

/** Faults meet what is under /google and /microsoft, never the control API or the page. */
export function createHttpServer(deps: {
  answering: Answering;
  limited: Limited;
  faults: Faults;
  log: Log | undefined;
  /** Hears of every request that was read. */
  asked?: (request: { method: string; path: string }) => void;
}): HttpServer {
  const { answering, limited, faults, log, asked } = deps;
  let url = '';

  /** Null: none, the connection is cut. */
  async function answerTo(request: IncomingMessage): Promise<Answer | null> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const method = request.method ?? 'GET';
    const body = await read(request);
    asked?.({ method, path: pathname });
    if (body === null) return json(413, { error: 'Too large.' });
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    // Links lead back to the name by which the client found the way here.
    const root = headers.host ? `http://${headers.host}` : url;
    const exchange = { method, path: pathname, query: searchParams, headers, body, url: root };
    return limited(exchange, () => met(exchange, faults, answering));
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    let answer: Answer | null;
    try {
      answer = await answerTo(request);
    } catch (error) {
      answer =
        error instanceof Refusal ? error.answer : json(500, { error: { code: 500, message: String(error) } });
      if (answer.status === 500) log?.error({ err: error, url: request.url }, 'simulator');
    }
    if (!answer) return void response.destroy();
    log?.debug({ method: request.method, url: request.url, status: answer.status }, 'simulated request');
    const text = answer.body ?? '';
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(answer.status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
    });
    response.end(request.method === 'HEAD' || answer.status === 204 ? undefined : text);
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

/** Null: larger than any body here has reason to be. */
async function read(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size <= LARGEST_BODY) parts.push(part as Buffer);
  }
  return size > LARGEST_BODY ? null : Buffer.concat(parts).toString();
}
