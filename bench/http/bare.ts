/** What the gateway is compared with: Node's own HTTP server, which parses a question and sends the same bytes each time. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent } from '../child.ts';

let body = Buffer.from('{}');

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const answers = {
  /** Microseconds used so far. */
  cpu(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** @param text what is answered from now on. @returns where */
  serve(text: string): string {
    body = Buffer.from(text);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  },
};

export type BareProcess = typeof answers;

serveParent(answers);
