/** What one address may do, whatever it is: of IPv6, or named by a proxy. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { dialFrom, many, post, postText } from './attacker.fixture.ts';
import { type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

const PROXY = '127.0.0.1';
const OPERATIONS = 40;

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway({
    TRUSTED_PROXIES: PROXY,
    RATE_LIMIT_ANONYMOUS: `${OPERATIONS}/PT1H`,
    CONNECTIONS_PER_ADDRESS: '20',
    SOCKETS_PER_ADDRESS: '10',
  });
}, 120_000);
afterAll(() => gateway?.close());

const body = JSON.stringify({ query: '{ viewer { kind } }' });
/** One operation that a proxy hands on for somebody. @returns the status of its answer */
const askFor = async (address: string, from = PROXY) =>
  (await post(`${gateway.url}/graphql`, { from, body, headers: { 'x-forwarded-for': address } })).status;

/** How many of so many operations were answered with each status, from addresses of one's making. */
async function flood(count: number, addressOf: (i: number) => string) {
  const counts: Record<number, number> = {};
  // Not all at once: each address has only so many connections.
  for (let i = 0; i < count; i += 10) {
    for (const status of await many(10, (j) => askFor(addressOf(i + j)))) {
      counts[status] = (counts[status] ?? 0) + 1;
    }
  }
  return counts;
}

describe('operations behind a proxy', () => {
  it('are counted by the address that it tells, and 429 past the limit', async () => {
    await gateway.attacked(async () => {
      expect(await flood(60, () => '198.51.100.1')).toEqual({ 200: OPERATIONS, 429: 20 });
      expect(await askFor('198.51.100.2')).toBe(200);
    });
  });

  it('are counted by the peer where it is no trusted proxy, whatever it says', async () => {
    await gateway.attacked(async () => {
      const statuses: number[] = [];
      for (let i = 0; i < 45; i++) statuses.push(await askFor(`198.51.100.${100 + i}`, '127.97.0.1'));
      expect(statuses.filter((status) => status === 200)).toHaveLength(OPERATIONS);
      expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    });
  });

  it('are counted by /64 for IPv6, however many addresses of it ask', async () => {
    await gateway.attacked(async () => {
      expect(await flood(60, (i) => `2001:db8:1:1::${i.toString(16)}`)).toEqual({ 200: OPERATIONS, 429: 20 });
      expect(await askFor('2001:db8:1:2::1')).toBe(200);
    });
  });

  it('are counted by /48 with ten times the limit, however many /64 of it ask', async () => {
    await gateway.attacked(async () => {
      const counts = await flood(500, (i) => `2001:db8:2:${i.toString(16)}::1`);
      expect(counts).toEqual({ 200: OPERATIONS * 10, 429: 100 });
      expect(await askFor('2001:db8:3:1::1')).toBe(200);
    });
  });
});

describe('connections behind a proxy', () => {
  /** Requests that are at work until they are let go, as their bodies are not there. */
  async function occupy(count: number, addressOf: (i: number) => string) {
    const sockets = await many(count, async (i) => {
      const socket = await dialFrom(gateway.url, PROXY);
      socket.write(postText('{', 100, [`x-forwarded-for: ${addressOf(i)}`]));
      return socket;
    });
    return { sockets, end: () => sockets.forEach((socket) => void socket.destroy()) };
  }

  it.each([
    ['of one address', 20, (_i: number) => '203.0.113.1'],
    ['of one /64', 20, (i: number) => `2001:db8:4:1::${i.toString(16)}`],
  ])('are so many %s at work, and the next is 429', async (_what, most, addressOf) => {
    await gateway.attacked(async () => {
      const heads: string[] = [];
      const { sockets, end } = await occupy(most + 5, addressOf);
      const refused = new Promise<void>((resolve) => {
        for (const socket of sockets) {
          socket.once('data', (bytes) => {
            heads.push(String(bytes).split('\r\n')[0] ?? '');
            if (heads.length === 5) resolve();
          });
        }
      });
      await refused;
      expect(new Set(heads)).toEqual(new Set(['HTTP/1.1 429 Too Many Requests']));
      expect(await askFor(addressOf(99))).toBe(429);
      expect(await askFor('203.0.113.200')).toBe(200);
      end();
    });
  });
});

it('sockets behind a proxy are so many of one address, and the next is 429', async () => {
  const open = (address: string) =>
    new Promise<WebSocket | number>((resolve) => {
      const socket = new WebSocket(`${gateway.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
        localAddress: PROXY,
        headers: { 'x-forwarded-for': address },
      });
      socket.once('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        socket.once('error', () => {});
        socket.terminate();
      });
      socket.once('open', () => resolve(socket));
    });
  await gateway.attacked(async () => {
    const opened = await many(15, (i) => open(`2001:db8:5:1::${i.toString(16)}`));
    const sockets = opened.filter((socket) => socket instanceof WebSocket);
    expect(sockets).toHaveLength(10);
    expect(opened.filter((socket) => socket === 429)).toHaveLength(5);
    const other = await open('2001:db8:5:2::1');
    expect(other).toBeInstanceOf(WebSocket);
    for (const socket of [...sockets, other]) {
      if (!(socket instanceof WebSocket)) continue;
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    }
  });
});
