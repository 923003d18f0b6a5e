import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { attackerAddress, type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.close());

/** A connection from an attacker's address on which nothing was sent. */
async function dialFrom(localAddress: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port), localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('connections that say nothing', () => {
  it('keep nobody else from being served', async () => {
    await gateway.attacked(async () => {
      const address = attackerAddress();
      const sockets = await Promise.all(Array.from({ length: 300 }, () => dialFrom(address)));
      for (const socket of sockets) socket.destroy();
    });
  });
});
