import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { openSocketConnection, type SocketConnection } from '../../../src/http/streams/socket-connection.ts';
import { createMetrics } from '../../../src/metrics.ts';

const server = createServer();
const sockets = new WebSocketServer({ noServer: true, autoPong: false });
const metrics = createMetrics();
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** A client that answers pings or doesn't, and the gateway's side of its socket. */
async function open(autoPong: boolean): Promise<{ client: WebSocket; peer: SocketConnection }> {
  const accepted = new Promise<SocketConnection>((resolve) => {
    server.once('upgrade', (request, wire, head) => {
      sockets.handleUpgrade(request, wire, head, (socket) => {
        const credentials = { authorization: null, organisation: null };
        resolve(
          openSocketConnection({
            socket,
            wire,
            credentials,
            address: '',
            releaseQuota: () => {},
            countOperation: async () => {},
            metrics,
            onError: () => {},
          }),
        );
      });
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong });
  await once(client, 'open');
  return { client, peer: await accepted };
}

it('a socket that leaves a ping unanswered until the next is ended', async () => {
  const { client, peer } = await open(false);
  peer.beat();
  await once(client, 'ping');
  expect(client.readyState).toBe(WebSocket.OPEN);
  const closed = once(client, 'close');
  peer.beat();
  expect((await closed)[0]).toBe(1006);
  const { values } = await metrics.streamsEnded.get();
  expect(values).toContainEqual(expect.objectContaining({ labels: { reason: 'silent' }, value: 1 }));
});

it('a socket that answers each ping lives on', async () => {
  const { client, peer } = await open(true);
  for (let i = 0; i < 5; i++) {
    const answered = once(client, 'ping');
    peer.beat();
    await answered;
    // Its pong is on its way before this, and so is heard before what answers this.
    client.ping();
    await once(client, 'pong');
  }
  expect(client.readyState).toBe(WebSocket.OPEN);
  client.terminate();
});

it('a socket with more pings than can be answered at once is answered the last of them, and lives on', async () => {
  const { client } = await open(true);
  const answers: string[] = [];
  const answered = new Promise<void>((resolve) => {
    client.on('pong', (data) => {
      answers.push(String(data));
      if (String(data) === 'ping 499') resolve();
    });
  });
  for (let i = 0; i < 500; i++) client.ping(`ping ${i}`);
  await answered;
  expect(answers.length).toBeLessThanOrEqual(500);
  expect(client.readyState).toBe(WebSocket.OPEN);
  client.terminate();
});
