/** A proxy between visitors and the gateway, as some networks have one: requests pass, upgrades don't. */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { documentOf } from './page-documents.fixture.ts';

export interface StrictProxy {
  url: string;
  /** What becomes of an upgrade: a 403, or no answer at all. */
  upgrade: 'refuse' | 'swallow';
  /** Upgrades asked for. */
  upgrades(): number;
  /** Event streams that are open. */
  streams(): number;
  /** GraphQL operations that were posted, by name, in order; streams too. */
  posted(): string[];
  /** Breaks every open event stream. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<StrictProxy> {
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  const posted: string[] = [];
  let upgrades = 0;

  async function pass(incoming: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = 'GET', headers, url } = incoming;
    const document = url === '/graphql' && method === 'POST' ? documentOf(JSON.parse(body.toString())) : '';
    const name = /(?:query|mutation|subscription) (\w+)/.exec(document)?.[1];
    if (name) posted.push(name);
    const outgoing = ask(`${target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (answer.headers['content-type']?.startsWith('text/event-stream')) {
        streams.add(response);
        response.once('close', () => streams.delete(response));
      }
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    outgoing.end(body);
  }

  const server = createServer((incoming, response) => void pass(incoming, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (_request, socket) => {
    upgrades += 1;
    socket.on('error', () => {});
    if (proxy.upgrade === 'refuse') socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const proxy: StrictProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upgrade: 'refuse',
    upgrades: () => upgrades,
    streams: () => streams.size,
    posted: () => [...posted],
    cut() {
      for (const stream of streams) stream.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return proxy;
}
