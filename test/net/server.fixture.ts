/** A real server on the loopback interface that answers as a test says, and remembers who asked. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CERTIFICATE, KEY } from './certificate.fixture.ts';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface LocalServer {
  port: number;
  asked: Asked[];
  /** Answers what comes from now on. */
  answer(with_: (request: Asked, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

export async function startServer({ secure = false } = {}): Promise<LocalServer> {
  const asked: Asked[] = [];
  let answering: (request: Asked, response: ServerResponse) => void = (_request, response) =>
    response.end('ok');
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    asked.push(one);
    answering(one, response);
  };
  const server = secure
    ? createSecureServer({ key: KEY, cert: CERTIFICATE }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    answer(with_) {
      answering = with_;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
