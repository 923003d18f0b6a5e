import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost, makeKey } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { FOLLOW, holdTable, setHours, UNLIMITED, WINDOW } from '../protocol/world.fixture.ts';
import { dial } from '../raw-tcp.fixture.ts';
import { createFeed, createHeld, type EventFeed, eventsAddress, readEvents } from './event-reader.fixture.ts';

let redis: RedisServer;
/** The gateway's, which stands where a test wants so: a key that ends soon doesn't end before it was used. */
const clock = { stands: null as number | null, now: () => clock.stands ?? Date.now() };
let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  const env = {
    ...UNLIMITED,
    ...{ TRUSTED_PROXIES: '127.0.0.0/8', SOCKETS_PER_ADDRESS: '3', OPERATION_COST: '500000' },
  };
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env, clock, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk', { interval: 'PT5M' });
});
afterAll(async () => {
  await stack?.close();
  await redis?.stop();
});

const asked = () => ({ query: FOLLOW, variables: { input: { eventType, ...WINDOW } } });

/** Streams and subscriptions that the gateway counts. */
async function counted(): Promise<string[]> {
  const text = await readMetrics(stack.url);
  return [/^slotwire_streams\{transport="sse"\} (\d+)$/m, /^slotwire_subscriptions (\d+)$/m].map(
    (pattern) => pattern.exec(text)?.[1] ?? '0',
  );
}
const untilCounted = (count: number) =>
  until(async () => (await counted()).every((value) => value === String(count)));

afterEach(() => untilCounted(0));

let addresses = 0;
const fresh = () => ({ 'x-forwarded-for': `198.51.100.${++addresses}` });

/** Its address may have this many streams once more. */
async function hasAllPlaces(headers: Record<string, string>) {
  const readers = await until(async () => {
    const opened = await Promise.allSettled(
      Array.from({ length: 3 }, () => readEvents(stack.url, asked(), { headers })),
    );
    const read = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (read.length === 3) return read;
    for (const reader of read) reader.leave();
    return null;
  });
  for (const reader of readers) reader.leave();
}

describe('a reader who leaves', () => {
  it('frees everything', async () => {
    const headers = fresh();
    const readers = await Promise.all(
      Array.from({ length: 3 }, () => readEvents(stack.url, asked(), { headers })),
    );
    await untilCounted(3);
    for (const reader of readers) reader.leave();
    await untilCounted(0);
    await hasAllPlaces(headers);
  });

  it('frees everything, also of streams whose turn on the connection had not come', async () => {
    const headers = fresh();
    const socket = await dial(stack.url);
    socket.write(request(headers).repeat(3));
    await untilCounted(3);
    socket.destroy();
    await untilCounted(0);
    await hasAllPlaces(headers);
  });

  it.each(['api_key', 'event_type'])(
    'before the stream began, while %s was read, frees everything',
    async (table) => {
      const { secret } = await makeKey(stack, ['READ_BUSY']);
      const headers = fresh();
      await redis.flush();
      const held = await holdTable(stack, table);
      const sockets = await Promise.all(Array.from({ length: 3 }, () => dial(stack.url)));
      for (const socket of sockets) socket.write(request({ ...headers, authorization: `Bearer ${secret}` }));
      await held.holds(1);
      for (const socket of sockets) socket.destroy();
      await held.release();
      await untilCounted(0);
      await hasAllPlaces(headers);
    },
  );
});

describe('a stream with a key', () => {
  it('ends at once when its key is revoked, without being complete; no other does', async () => {
    const { id, secret } = await makeKey(stack, ['BOOK']);
    const keyed = await readEvents(stack.url, asked(), { headers: { authorization: `Bearer ${secret}` } });
    const other = await readEvents(stack.url, asked());
    await Promise.all([keyed.answer(), other.answer()]);
    const ended = expect(keyed.next()).rejects.toThrow('the stream ended');
    await stack.admin('mutation ($id: ID!) { revokeApiKey(id: $id) }', { id });
    await ended;
    await untilCounted(1);
    await setHours(stack, host, '10:00', '17:00');
    expect((await other.answer()).__typename).toBe('AvailabilityDelta');
    other.leave();
  });

  it('ends when its key expires, without being complete', async () => {
    clock.stands = Date.now();
    const expiresAt = new Date(clock.stands + 1_000).toISOString();
    const { createApiKey } = await stack.admin<{ createApiKey: { secret: string } }>(
      'mutation ($at: DateTime) { createApiKey(name: "short", scopes: [BOOK], expiresAt: $at) { secret } }',
      { at: expiresAt },
    );
    const headers = { authorization: `Bearer ${createApiKey.secret}` };
    const reader = await readEvents(stack.url, asked(), { headers });
    await reader.answer();
    clock.stands += 1_000;
    await expect(reader.next()).rejects.toThrow('the stream ended');
    await expect(readEvents(stack.url, asked(), { headers })).rejects.toThrow('401');
    clock.stands = null;
  });
});

describe('a reader who stops reading', () => {
  /** Slots that weigh as much as those of a team. */
  const HEAVY = `subscription ($input: AvailabilityInput!) { availability(input: $input) {
    __typename
    ... on AvailabilitySnapshot { etag availability { slots { ...heavy } } }
    ... on AvailabilityDelta { fromEtag etag removed { start } added { ...heavy } }
  } }
  fragment heavy on Slot { start ${Array.from({ length: 12 }, (_, i) => `start${i}: start`).join(' ')} }`;
  const MONTHS = { from: '2050-01-03T00:00:00Z', to: '2050-03-05T00:00:00Z' };
  const CHANGES = 16;

  it('misses nothing once it reads again, and keeps nobody waiting', { timeout: 60_000 }, async () => {
    await setHours(stack, host, '09:00', '17:00');
    const input = { eventType, ...MONTHS };
    const socket = await dial(stack.url);
    const feed = readRaw(socket, eventsAddress(stack.url, { query: HEAVY, variables: { input } }));
    const held = createHeld();
    const take = async () => {
      const event = await feed.next();
      if (event.type !== 'next' || !event.result.data) throw new Error(JSON.stringify(event));
      held.apply(event.result.data.availability);
    };
    await take();
    socket.pause();
    const viewer = await readEvents(stack.url, { query: FOLLOW, variables: { input } });
    await viewer.answer();
    for (let i = 0; i < CHANGES; i++) {
      // By turns a day and a night that have no hour in common.
      await setHours(stack, host, i % 2 ? '10:00' : '02:00', i % 2 ? `17:${10 + i}` : '09:00');
      expect((await viewer.answer()).__typename).toBe('AvailabilityDelta');
    }
    socket.resume();
    const now = await stack.anyone<{ availability: { etag: string; slots: { start: string }[] } }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { etag slots { start } } }',
      { input },
    );
    let events = 0;
    for (; held.etag() !== now.availability.etag; events++) await take();
    expect(held.starts()).toEqual(now.availability.slots.map(({ start }) => start));
    // What came while it did not read was sent as one.
    expect(events).toBeLessThan(CHANGES);
    await setHours(stack, host, '09:00', '17:00');
    await take();
    expect(feed.waiting()).toBe(0);
    socket.destroy();
    viewer.leave();
  });
});

const request = (headers: Record<string, string>) => {
  const { pathname, search } = new URL(eventsAddress(stack.url, asked()));
  const lines = Object.entries({ host: 'a', accept: 'text/event-stream', ...headers });
  return `GET ${pathname}${search} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
};

/** By HTTP/1.0, whose bodies are what comes until the end. */
function readRaw(socket: Socket, address: string): EventFeed {
  const feed = createFeed();
  const { pathname, search } = new URL(address);
  let head: Buffer | null = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    if (head === null) return feed.read(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    feed.read(head.subarray(end + 4));
    head = null;
  });
  void once(socket, 'close').then(feed.end);
  socket.write(`GET ${pathname}${search} HTTP/1.0\r\naccept: text/event-stream\r\n\r\n`);
  return feed;
}
