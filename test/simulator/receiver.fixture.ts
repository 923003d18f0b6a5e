/** A tiny webhook receiver: keeps what came, answers as instructed. */
import { createServer } from 'node:http';

export interface ReceivedRequest {
  url: URL;
  /** Names as they were written. */
  rawHeaders: string[];
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Receiver {
  url: string;
  requests: ReceivedRequest[];
  /** Status of the answers to come, in order; 200 when it is empty. */
  statuses: number[];
  /** Answers a validation handshake. */
  echo: (token: string) => { type: string; body: string };
  close(): Promise<void>;
}

export async function createReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    requests: [],
    statuses: [],
    echo: (token) => ({ type: 'text/plain', body: token }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://receiver');
      receiver.requests.push({ url, rawHeaders: request.rawHeaders, headers: request.headers, body });
      const token = url.searchParams.get('validationToken');
      if (token === null) return response.writeHead(receiver.statuses.shift() ?? 200).end();
      const echo = receiver.echo(token);
      return response.writeHead(200, { 'content-type': echo.type }).end(echo.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  receiver.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return receiver;
}
