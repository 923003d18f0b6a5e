import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from '../../../src/http/streams/socket-frame.ts';

const server = createServer();
const sockets = new WebSocketServer({ noServer: true });
let url: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

it.each([0, 1, 124, 125, 126, 127, 65_535, 65_536, 200_000])(
  'a client reads %i bytes as it was written, between messages of ws itself',
  async (length) => {
    const text = 'ü'.repeat(length / 2) + 'x'.repeat(length % 2);
    const half = Math.floor(text.length / 2);
    server.once('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        accepted.send('before');
        socket.write(textFrame(...[text.slice(0, half), text.slice(half)].map((part) => Buffer.from(part))));
        accepted.send('after');
        accepted.close(1000);
      });
    });
    const client = new WebSocket(url);
    const heard: string[] = [];
    client.on('message', (data, isBinary) => heard.push(isBinary ? 'binary' : String(data)));
    await once(client, 'close');
    expect(heard).toEqual(['before', text, 'after']);
  },
);
