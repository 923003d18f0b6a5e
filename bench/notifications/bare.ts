/** What takes notifications in as fast as Node does: it reads them, and stores nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent, usage } from '../child.ts';

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => response.writeHead(200).end());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const answers = { usage, url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };

export type BareReceiver = typeof answers;

serveParent(answers);
