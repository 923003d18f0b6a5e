import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../harness/eventually.ts';
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

/** A connection from an attacker's address on which nothing was sent. */
async function dialFrom(localAddress: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port), localAddress });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));

interface Posted {
  status: number;
  body: string;
}

/** One request on a connection of its own. */
function post(
  path: string,
  options: { from?: string; headers?: object; body?: string } = {},
): Promise<Posted> {
  const { from = attackerAddress(), headers = {}, body = '' } = options;
  return new Promise((resolve, reject) => {
    const asked = request(`${gateway.url}${path}`, {
      method: 'POST',
      agent: false,
      localAddress: from,
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
    });
    asked.on('error', reject);
    asked.on('response', async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    });
    asked.end(body);
  });
}

const question = JSON.stringify({ query: '{ viewer { kind } }' });

describe('connections', () => {
  it('are 200 per address at once, and the next is closed; another address is served', async () => {
    await gateway.attacked(async () => {
      const address = attackerAddress();
      const sockets = await many(300, () => dialFrom(address));
      const isClosed = (socket: Socket) => socket.destroyed || socket.readableEnded;
      for (const socket of sockets) socket.resume();
      await until(async () => sockets.filter(isClosed).length >= 100);
      expect(sockets.filter(isClosed)).toHaveLength(100);
      expect((await post('/graphql', { body: question })).status).toBe(200);
      for (const socket of sockets) socket.destroy();
    });
  });

  it('that send a body slowly are ended after 30 seconds, answered 408, and counted before', async () => {
    await gateway.attacked(async () => {
      const address = attackerAddress();
      const sockets = await many(100, () => dialFrom(address));
      const heads: string[] = [];
      for (const socket of sockets) {
        socket.once('data', (bytes) => heads.push(String(bytes).split('\r\n')[0] ?? ''));
        socket.write(
          'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
        );
      }
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
      expect(new Set(heads)).toEqual(new Set(['HTTP/1.1 408 Request Timeout']));
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
      expect((await post(path, { body: 'x'.repeat(limit) })).status).toBe(status);
      expect((await post(path, { body: 'x'.repeat(limit + 1) })).status).toBe(413);
    });
  });

  it('of a notification of Google that is none are not waited for', async () => {
    const socket = await dialFrom(attackerAddress());
    socket.write('POST /webhooks/google HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });

  it('with U+0000 in the clientState of a notification are those of an unknown channel', async () => {
    const body = JSON.stringify({ value: [{ clientState: 'a\0b.c', subscriptionId: 's\0' }] });
    expect((await post('/webhooks/microsoft', { body })).status).toBe(202);
  });

  it('that are cut off are no fault of the gateway', async () => {
    await gateway.attacked(async () => {
      for (const path of ['/graphql', '/webhooks/microsoft', '/dav/']) {
        const socket = await dialFrom(attackerAddress());
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
      expect((await post('/graphql', { from, body: question })).status).toBe(429);
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
