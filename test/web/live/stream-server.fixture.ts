/** A server whose event streams are written by the test, line by line; upgrades are refused, or left hanging. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Stream {
  headers: IncomingMessage['headers'];
  /** What was posted. */
  body: unknown;
  /** Begins the stream if it hasn't begun. */
  write(text: string): void;
  next(data: object, id?: string): void;
  complete(): void;
  /** Ends the connection without a word. */
  cut(): void;
  /** A refusal instead of a stream. */
  refuse(status: number, body: string, headers?: Record<string, string>): void;
  /** The client has gone. */
  gone: Promise<void>;
}

export interface StreamServer {
  url: string;
  /** Upgrades asked for. */
  upgrades(): number;
  /** The stream after those that were taken. */
  stream(): Promise<Stream>;
  /** Streams asked for and not taken. */
  waiting(): number;
  close(): Promise<void>;
}

/** @param upgrade What becomes of an upgrade. */
export async function startStreamServer(upgrade: 'refused' | 'hanging' = 'refused'): Promise<StreamServer> {
  const ready: Stream[] = [];
  const wanted: ((stream: Stream) => void)[] = [];
  const sockets = new Set<Socket>();
  let upgrades = 0;
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const stream = streamOf(request, response, JSON.parse(Buffer.concat(chunks).toString()));
    const taker = wanted.shift();
    if (taker) taker(stream);
    else ready.push(stream);
  });
  http.on('connection', (socket) => sockets.add(socket));
  http.on('upgrade', (_request, socket) => {
    upgrades += 1;
    if (upgrade === 'refused') socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`,
    upgrades: () => upgrades,
    waiting: () => ready.length,
    stream: async () => ready.shift() ?? new Promise((resolve) => wanted.push(resolve)),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => http.close(done));
    },
  };
}

function streamOf(request: IncomingMessage, response: ServerResponse, body: unknown): Stream {
  const write = (text: string) => {
    if (!response.headersSent)
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(text);
  };
  return {
    headers: request.headers,
    body,
    write,
    next: (data, id) => write(`event: next\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify({ data })}\n\n`),
    complete: () => write('event: complete\ndata:\n\n'),
    cut: () => response.destroy(),
    refuse(status, text, headers = {}) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
    },
    gone: new Promise((resolve) => response.once('close', resolve)),
  };
}
