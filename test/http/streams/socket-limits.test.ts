import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow } from '../../e2e/client.fixture.ts';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { freePort } from '../../harness/ports.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../../race/gateways.fixture.ts';
import {
  FOLLOW,
  following,
  setHours,
  UNLIMITED,
  untilSubscriptions,
  WINDOW,
} from '../protocol/world.fixture.ts';
import { codesOf, connectSocket, openSocket, resultOf } from '../raw-socket.fixture.ts';
import { frame, openTcp, TEXT } from '../raw-tcp.fixture.ts';

let redis: RedisServer;
let stack: Stack;
/** A process of its own, so that its memory can be measured. */
let gateway: GatewayProcess;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  redis = await startRedis();
  const env = { ...UNLIMITED, TRUSTED_PROXIES: '127.0.0.0/8', SOCKETS_PER_ADDRESS: '3' };
  stack = await startStack({ redisUrl: redis.url, env, sync: false });
  gateway = startGatewayProcess(await buildGateway(), stack.environment, await freePort());
  await gateway.ready();
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(async () => {
  await gateway?.kill();
  await stack?.close();
  await redis?.stop();
});

const KEY = { authorization: `Bearer ${ADMIN_TOKEN}` };
let addresses = 0;
const fresh = () => ({ 'x-forwarded-for': `198.51.100.${++addresses}` });
const SCHEMA =
  '{ __schema { types { name description fields { name description args { name description } } } } }';

describe('a socket without a key', () => {
  it('has 100 subscriptions at most; the next is refused, and the socket lives on', async () => {
    const socket = await connectSocket(stack.url, {}, { headers: fresh() });
    const ids = Array.from({ length: 100 }, (_, i) => `${i}`);
    socket.say(...ids.map((id) => following(id, eventType)));
    for (const id of ids) expect(await socket.hear(id)).toMatchObject({ type: 'next' });
    const variables = { input: { eventType, ...WINDOW } };
    for (let i = 0; i < 3; i++) {
      expect(codesOf(await socket.ask(FOLLOW, { variables }))).toEqual(['RATE_LIMITED']);
    }
    expect(resultOf(await socket.ask('{ viewer { kind } }'))).toMatchObject({ data: {} });
    socket.say({ id: '7', type: 'complete' });
    await untilSubscriptions(stack.url, 99);
    socket.say(following('again', eventType));
    expect(await socket.hear('again')).toMatchObject({ type: 'next' });
    expect(codesOf(await socket.ask(FOLLOW, { variables }))).toEqual(['RATE_LIMITED']);
    await socket.close();
    await untilSubscriptions(stack.url, 0);
  });

  it('has 100 subscriptions at most also when it asks for all in one breath', async () => {
    const socket = await connectSocket(stack.url, {}, { headers: fresh() });
    const ids = Array.from({ length: 110 }, (_, i) => `${i}`);
    socket.say(...ids.map((id) => following(id, eventType)));
    const codes: unknown[] = [];
    for (const id of ids) {
      const first = await socket.hear(id);
      if (first.type === 'error') codes.push(first.payload[0]?.extensions?.code);
    }
    expect(codes).toEqual(Array.from({ length: 10 }, () => 'RATE_LIMITED'));
    await socket.close();
    await untilSubscriptions(stack.url, 0);
  });

  it('gives its place back when what it asked for is not there', async () => {
    const socket = await connectSocket(stack.url, {}, { headers: fresh() });
    const variables = { input: { eventType: 'nothing', ...WINDOW } };
    for (let i = 0; i < 120; i++) {
      expect(codesOf(await socket.ask(FOLLOW, { variables }))).toEqual(['NOT_FOUND']);
    }
    await socket.close();
  });
});

it('a socket with a key has as many subscriptions as it likes', async () => {
  const socket = await connectSocket(stack.url, KEY, { headers: fresh() });
  const ids = Array.from({ length: 150 }, (_, i) => `${i}`);
  socket.say(...ids.map((id) => following(id, eventType)));
  for (const id of ids) expect(await socket.hear(id)).toMatchObject({ type: 'next' });
  await socket.close();
  await untilSubscriptions(stack.url, 0);
});

describe('a socket that does not read', () => {
  const metric = async (line: RegExp) => {
    const text = await readMetrics(gateway.url);
    return Number(line.exec(text)?.[1] ?? 0);
  };
  const memory = () => metric(/^process_resident_memory_bytes (\S+)$/m);
  const closedAsTooSlow = () => metric(/^slotwire_streams_ended_total\{reason="too slow"\} (\d+)$/m);

  it.each([
    ['pings', JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(250_000) } }), 600],
    ['queries', null, 1_500],
  ])('is closed before its answers fill the memory: %s', async (_what, said, count) => {
    const viewer = follow(gateway.url, { eventType, ...WINDOW });
    await viewer.next();
    const socket = await openTcp(gateway.url, fresh());
    socket.say({ type: 'connection_init' });
    await until(async () => socket.texts.length > 0);
    const [before, closedBefore] = [await memory(), await closedAsTooSlow()];
    socket.socket.pause();
    const same = said === null ? null : frame(TEXT, said);
    let most = 0;
    for (let i = 0; i < count; i++) {
      const query = { id: `${i}`, type: 'subscribe', payload: { query: SCHEMA } };
      socket.socket.write(same ?? frame(TEXT, JSON.stringify(query)));
      if (i % 100 === 99) most = Math.max(most, await memory());
    }
    // Others are served meanwhile.
    await setHours(stack, host, same ? '10:00' : '09:00', '17:00');
    expect(await viewer.next()).toMatchObject({ __typename: 'AvailabilityDelta' });
    // A busy gateway may not have come so far: a client that reads again before would get everything, and not be closed.
    await until(async () => (await closedAsTooSlow()) === closedBefore + 1);
    most = Math.max(most, await memory());
    socket.socket.resume();
    // The gateway cuts a connection ten seconds after it closed it, read or not.
    const { code } = await socket.ended;
    expect([4413, null]).toContain(code);
    expect(most - before).toBeLessThan(100 * 1024 * 1024);
    socket.socket.destroy();
    await viewer.close();
  });

  it('but catches up in time is not closed', async () => {
    const socket = await openTcp(gateway.url, fresh());
    socket.say({ type: 'connection_init' });
    await until(async () => socket.texts.length > 0);
    socket.socket.pause();
    for (let i = 0; i < 10; i++) socket.say({ type: 'ping', payload: { i, text: 'x'.repeat(200_000) } });
    socket.socket.resume();
    await until(async () => socket.texts.length === 11);
    expect(socket.texts.slice(1).map((text) => JSON.parse(text).payload.i)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    socket.socket.destroy();
  });
});

describe('streams', () => {
  const SSE = { accept: 'text/event-stream', 'content-type': 'application/json' };
  const stream = (headers: object, signal: AbortSignal) =>
    fetch(`${stack.url}/graphql`, {
      method: 'POST',
      headers: { ...SSE, ...headers },
      body: JSON.stringify({ query: FOLLOW, variables: { input: { eventType, ...WINDOW } } }),
      signal,
    });

  it('take places of their address together with sockets, and give them back', async () => {
    const headers = fresh();
    const [first, rest] = [new AbortController(), new AbortController()];
    expect((await stream(headers, first.signal)).status).toBe(200);
    expect((await stream(headers, rest.signal)).status).toBe(200);
    const socket = await openSocket(stack.url, { headers });
    const refused = await stream(headers, rest.signal);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await refused.text();
    await expect(openSocket(stack.url, { headers })).rejects.toThrow('429');
    expect((await stream(fresh(), rest.signal)).status).toBe(200);
    first.abort();
    const again = await until(async () => {
      const answer = await stream(headers, rest.signal);
      if (answer.status === 200) return answer;
      await answer.text();
      return null;
    });
    expect(again.status).toBe(200);
    rest.abort();
    await socket.close();
    await untilSubscriptions(stack.url, 0);
  });

  it('with a key take none', async () => {
    const [headers, reading] = [fresh(), new AbortController()];
    for (let i = 0; i < 5; i++) {
      expect((await stream({ ...headers, ...KEY }, reading.signal)).status).toBe(200);
    }
    for (let i = 0; i < 3; i++) expect((await stream(headers, reading.signal)).status).toBe(200);
    expect((await stream(headers, reading.signal)).status).toBe(429);
    reading.abort();
    await untilSubscriptions(stack.url, 0);
  });

  it('leave queries alone', async () => {
    const [headers, reading] = [fresh(), new AbortController()];
    for (let i = 0; i < 3; i++) await stream(headers, reading.signal);
    const answer = await fetch(`${stack.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { kind } }' }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, { data: { viewer: { kind: 'ANONYMOUS' } } }]);
    reading.abort();
    await untilSubscriptions(stack.url, 0);
  });
});
