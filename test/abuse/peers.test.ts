import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../harness/eventually.ts';
import { dialFrom, many, post } from './attacker.fixture.ts';
import { attackerAddress, type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway({
    GOOGLE_CLIENT_ID: 'client',
    GOOGLE_CLIENT_SECRET: 'secret',
    MICROSOFT_CLIENT_ID: 'client',
    MICROSOFT_CLIENT_SECRET: 'secret',
  });
});
afterAll(() => gateway?.close());

const dial = (from: string) => dialFrom(gateway.url, from);
const postTo = (path: string, options?: Parameters<typeof post>[1]) => post(`${gateway.url}${path}`, options);

const question = JSON.stringify({ query: '{ viewer { kind } }' });

describe('connections', () => {
  it('are 200 per address at once, and the next is closed; another address is served', async () => {
    await gateway.attacked(async () => {
      const address = attackerAddress();
      const sockets = await many(300, () => dial(address));
      const isClosed = (socket: Socket) => socket.destroyed || socket.readableEnded;
      for (const socket of sockets) socket.resume();
      await until(async () => sockets.filter(isClosed).length >= 100);
      expect(sockets.filter(isClosed)).toHaveLength(100);
      expect((await postTo('/graphql', { body: question })).status).toBe(200);
      for (const socket of sockets) socket.destroy();
    });
  });
});

describe('bodies', () => {
  it.each([
    ['/webhooks/google', 4 * 1024, 400],
    ['/webhooks/microsoft', 1024 * 1024, 400],
    ['/graphql', 256 * 1024, 400],
  ])('of %s have at most %d bytes; longer ones are 413', async (path, limit, status) => {
    await gateway.attacked(async () => {
      expect((await postTo(path, { body: 'x'.repeat(limit) })).status).toBe(status);
      expect((await postTo(path, { body: 'x'.repeat(limit + 1) })).status).toBe(413);
    });
  });

  it('of a notification of Google that is none are not waited for', async () => {
    const socket = await dial(attackerAddress());
    socket.write('POST /webhooks/google HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });

  it('with U+0000 in the clientState of a notification are those of an unknown channel', async () => {
    const body = JSON.stringify({ value: [{ clientState: 'a\0b.c', subscriptionId: 's\0' }] });
    expect((await postTo('/webhooks/microsoft', { body })).status).toBe(202);
  });

  it('that are cut off are no fault of the gateway', async () => {
    await gateway.attacked(async () => {
      for (const path of ['/graphql', '/webhooks/microsoft', '/dav/']) {
        const socket = await dial(attackerAddress());
        socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`);
        socket.resetAndDestroy();
      }
    });
  });
});

describe('sockets', () => {
  const open = async (from: string) => {
    const socket = new WebSocket(`${gateway.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
      localAddress: from,
    });
    socket.on('error', () => {});
    await once(socket, 'open');
    return socket;
  };
  const closeCode = async (socket: WebSocket) => Number((await once(socket, 'close'))[0]);

  it.each([
    ['pings of the protocol', (socket: WebSocket) => socket.send('{"type":"ping"}')],
    ['pongs of the protocol', (socket: WebSocket) => socket.send('{"type":"pong"}')],
    ['ends of what was never begun', (socket: WebSocket) => socket.send('{"type":"complete","id":"x"}')],
    ['pings of the WebSocket', (socket: WebSocket) => socket.ping('a ping')],
    ['pongs of the WebSocket', (socket: WebSocket) => socket.pong()],
  ])('are closed with 4429 after too many %s, and the address has no operation left', async (_what, send) => {
    await gateway.attacked(async () => {
      const from = attackerAddress();
      const socket = await open(from);
      socket.send('{"type":"connection_init"}');
      await once(socket, 'message');
      const closed = closeCode(socket);
      for (let i = 0; i < 605; i++) send(socket);
      expect(await closed).toBe(4429);
      expect((await postTo('/graphql', { from, body: question })).status).toBe(429);
    });
  });

  it('that present a wrong key are forbidden, and closed with 4429 after too many', async () => {
    await gateway.attacked(async () => {
      const from = attackerAddress();
      const codes: number[] = [];
      for (let i = 0; i < 13; i++) {
        const sockets = await many(50, () => open(from));
        const closed = Promise.all(sockets.map(closeCode));
        for (const socket of sockets) {
          socket.send('{"type":"connection_init","payload":{"authorization":"Bearer wrong"}}');
        }
        codes.push(...(await closed));
      }
      expect(codes.filter((code) => code === 4403)).toHaveLength(600);
      expect(codes.filter((code) => code === 4429)).toHaveLength(50);
    });
  });
});
