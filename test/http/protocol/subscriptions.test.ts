import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { follow, type LiveEvent } from '../../e2e/client.fixture.ts';
import { type Stack, startBeside, startStack } from '../../e2e/stack.fixture.ts';
import { availability, type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { freePort } from '../../harness/ports.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { codesOf, connectSocket, type RawSocket, resultOf, socketUrl } from '../raw-socket.fixture.ts';
import {
  FOLLOW,
  following,
  holdTable,
  setHours,
  subscriptions,
  UNLIMITED,
  untilSubscriptions,
  WINDOW,
} from './world.fixture.ts';

let redis: RedisServer;
let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: UNLIMITED, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(async () => {
  await stack?.close();
  await redis?.stop();
});

const sockets: RawSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
  await untilSubscriptions(stack.url, 0);
  await setHours(stack, host, '09:00', '17:00');
});

async function connect() {
  const socket = await connectSocket(stack.url);
  sockets.push(socket);
  return socket;
}

/** The next event of a subscription to availability. */
async function eventOf(socket: RawSocket, id: string): Promise<LiveEvent> {
  const message = await socket.hear(id);
  if (message.type !== 'next' || !message.payload.data) throw new Error(JSON.stringify(message));
  return message.payload.data.availability as LiveEvent;
}

/** One that the cache knows nothing of. */
async function forgottenEventType(slug: string): Promise<string> {
  const made = await makeEventType(stack.admin, host, slug);
  await redis.flush();
  return made;
}

const etagNow = async () => (await availability(stack.anyone, { eventType, ...WINDOW })).etag;

describe('a subscription', () => {
  it('brings a snapshot, then what changes', async () => {
    const socket = await connect();
    socket.say(following('a', eventType));
    const snapshot = await eventOf(socket, 'a');
    expect(snapshot).toMatchObject({ __typename: 'AvailabilitySnapshot', etag: await etagNow() });
    await setHours(stack, host, '10:00', '17:00');
    const change = await eventOf(socket, 'a');
    expect(change).toEqual({
      __typename: 'AvailabilityDelta',
      fromEtag: snapshot.etag,
      etag: await etagNow(),
      removed: [{ start: '2050-01-03T09:00:00.000Z' }, { start: '2050-01-03T09:30:00.000Z' }],
      added: [],
    });
  });

  it('says nothing more once it is completed; those beside it go on', async () => {
    const socket = await connect();
    socket.say(following('a', eventType), following('b', eventType));
    await eventOf(socket, 'a');
    await eventOf(socket, 'b');
    expect(await subscriptions(stack.url)).toBe(2);
    socket.say({ id: 'a', type: 'complete' });
    await untilSubscriptions(stack.url, 1);
    await setHours(stack, host, '10:00', '17:00');
    expect(await eventOf(socket, 'b')).toMatchObject({ __typename: 'AvailabilityDelta' });
    expect(await socket.settled()).toEqual([]);
  });

  it('is not held up by the end of another under its id', async () => {
    const socket = await connect();
    for (let i = 0; i < 5; i++) {
      socket.say(following('a', eventType));
      expect(await eventOf(socket, 'a')).toMatchObject({ __typename: 'AvailabilitySnapshot' });
      socket.say({ id: 'a', type: 'complete' });
      await untilSubscriptions(stack.url, 0);
    }
    expect(await socket.settled()).toEqual([]);
  });

  it.each([
    ['of what is not there', { eventType: 'nothing' }, 'NOT_FOUND'],
    ['of a window that ends before it begins', { from: WINDOW.to, to: WINDOW.from }, 'BAD_USER_INPUT'],
  ])('%s fails and leaves nothing, and the socket lives on', async (_what, input, code) => {
    const socket = await connect();
    const variables = { input: { eventType, ...WINDOW, ...input } };
    expect(codesOf(await socket.ask(FOLLOW, { variables }))).toEqual([code]);
    expect(await subscriptions(stack.url)).toBe(0);
    expect(resultOf(await socket.ask('{ viewer { kind } }'))).toMatchObject({ data: { viewer: {} } });
  });

  it('ends with a completion when what it follows is taken away', async () => {
    const passing = await makeEventType(stack.admin, host, 'passing');
    const socket = await connect();
    socket.say(following('a', passing));
    await eventOf(socket, 'a');
    await stack.admin('mutation ($id: ID!) { deleteEventType(id: $id) }', { id: passing });
    expect((await eventOf(socket, 'a')).removed).toHaveLength(16);
    expect(await socket.hear('a')).toEqual({ id: 'a', type: 'complete' });
    await untilSubscriptions(stack.url, 0);
    expect(
      codesOf(await socket.ask(FOLLOW, { variables: { input: { eventType: passing, ...WINDOW } } })),
    ).toEqual(['NOT_FOUND']);
  });

  it('that is completed before it began says nothing, and leaves nothing', async () => {
    const [socket, other] = [await connect(), await connect()];
    const forgotten = await forgottenEventType('completed');
    const hold = await holdTable(stack, 'event_type');
    socket.say(following('a', forgotten));
    await hold.holds(1);
    socket.say({ id: 'a', type: 'complete' });
    expect(await socket.settled()).toEqual([]);
    other.say(following('b', forgotten));
    await hold.release();
    await eventOf(other, 'b');
    await untilSubscriptions(stack.url, 1);
    expect(await socket.settled()).toEqual([]);
  });
});

describe('equal questions', () => {
  it('are each answered as they were asked', async () => {
    const input = `{ eventType: "${eventType}", from: "${WINDOW.from}", to: "${WINDOW.to}" }`;
    const queries = {
      etag: `subscription { availability(input: ${input}) { ... on AvailabilitySnapshot { etag } ... on AvailabilityDelta { etag } } }`,
      name: `subscription { availability(input: ${input}) { __typename } }`,
      alias: `subscription { a: availability(input: ${input}) { kind: __typename } }`,
      fragment: `subscription { availability(input: ${input}) { ...F } } fragment F on AvailabilityDelta { fromEtag }`,
    };
    const switched = `subscription ($on: Boolean!) { availability(input: ${input}) { __typename @include(if: $on) ... on AvailabilityDelta { fromEtag @skip(if: $on) } } }`;
    const [socket, other] = [await connect(), await connect()];
    for (const [id, query] of Object.entries(queries)) {
      socket.say({ id, type: 'subscribe', payload: { query } });
    }
    for (const on of [true, false]) {
      other.say({ id: `${on}`, type: 'subscribe', payload: { query: switched, variables: { on } } });
    }
    const dataOf = async (from: RawSocket, id: string) => {
      const message = await from.hear(id);
      return message.type === 'next' ? message.payload.data : message;
    };
    const all = async () => ({
      etag: await dataOf(socket, 'etag'),
      name: await dataOf(socket, 'name'),
      alias: await dataOf(socket, 'alias'),
      fragment: await dataOf(socket, 'fragment'),
      true: await dataOf(other, 'true'),
      false: await dataOf(other, 'false'),
    });
    const etag = await etagNow();
    expect(await all()).toEqual({
      etag: { availability: { etag } },
      name: { availability: { __typename: 'AvailabilitySnapshot' } },
      alias: { a: { kind: 'AvailabilitySnapshot' } },
      fragment: { availability: {} },
      true: { availability: { __typename: 'AvailabilitySnapshot' } },
      false: { availability: {} },
    });
    await setHours(stack, host, '10:00', '17:00');
    expect(await all()).toEqual({
      etag: { availability: { etag: await etagNow() } },
      name: { availability: { __typename: 'AvailabilityDelta' } },
      alias: { a: { kind: 'AvailabilityDelta' } },
      fragment: { availability: { fromEtag: etag } },
      true: { availability: { __typename: 'AvailabilityDelta' } },
      false: { availability: { fromEtag: etag } },
    });
  });

  it('of those who know different answers bring each what they lack', async () => {
    const [first, late, present] = [await connect(), await connect(), await connect()];
    first.say(following('a', eventType));
    const before = await eventOf(first, 'a');
    await setHours(stack, host, '10:00', '17:00');
    const after = await eventOf(first, 'a');
    const resume = (resumeAfter: string) => ({
      id: 'a',
      type: 'subscribe',
      payload: { query: FOLLOW, variables: { input: { eventType, ...WINDOW }, resumeAfter } },
    });
    late.say(resume(before.etag));
    present.say(resume(after.etag));
    expect(await eventOf(late, 'a')).toEqual(after);
    await setHours(stack, host, '11:00', '17:00');
    const [one, two, three] = await Promise.all([first, late, present].map((each) => eventOf(each, 'a')));
    expect(one?.fromEtag).toBe(after.etag);
    expect([two, three]).toEqual([one, one]);
  });

  it('under ids of all kinds come back under them', async () => {
    const ids = ['1', 'a"b\\ü\u2028', 'x'.repeat(1_000), '__proto__', '😀', '{"id":"x"}', '\ud83d', 'type'];
    const socket = await connect();
    socket.say(...ids.map((id) => following(id, eventType)));
    const snapshots = await Promise.all(ids.map((id) => eventOf(socket, id)));
    await setHours(stack, host, '10:00', '17:00');
    const changes = await Promise.all(ids.map((id) => eventOf(socket, id)));
    expect(new Set(snapshots.map(({ etag }) => etag)).size).toBe(1);
    for (const change of changes) expect(change).toEqual(changes[0]);
    expect(await socket.settled()).toEqual([]);
  });
});

it('many subscriptions on one socket each hear their own chain, unbroken', async () => {
  const others = await Promise.all(
    ['one', 'two', 'three'].map((slug) => makeEventType(stack.admin, host, slug, { length: 'PT1H' })),
  );
  const socket = await connect();
  const subscribed = [eventType, ...others].flatMap((of, i) =>
    Array.from({ length: 10 }, (_, j) => ({ id: `${i}-${j}`, of })),
  );
  socket.say(...subscribed.map(({ id, of }) => following(id, of)));
  const change = async () => {
    for (let hour = 10; hour < 16; hour++) await setHours(stack, host, `${hour}:00`, '17:00');
  };
  const chains = subscribed.map(async ({ id, of }) => {
    let { etag } = await eventOf(socket, id);
    await changed;
    const { etag: last } = await availability(stack.anyone, { eventType: of, ...WINDOW });
    while (etag !== last) {
      const event = await eventOf(socket, id);
      expect(event.fromEtag).toBe(etag);
      etag = event.etag;
    }
  });
  const changed = change();
  await Promise.all(chains);
  expect(await socket.settled()).toEqual([]);
  expect(await subscriptions(stack.url)).toBe(40);
});

describe('the end of a socket', () => {
  it.each<[string, (socket: RawSocket) => unknown]>([
    ['by its closing frame', (socket) => socket.close()],
    ['without a word', (socket) => socket.ws.terminate()],
    ['by a fault', (socket) => socket.say('hello')],
  ])('%s ends what is open on it', async (_how, end) => {
    const socket = await connectSocket(stack.url);
    socket.say(...['a', 'b', 'c'].map((id) => following(id, eventType)));
    for (const id of ['a', 'b', 'c']) await eventOf(socket, id);
    expect(await subscriptions(stack.url)).toBe(3);
    end(socket);
    await untilSubscriptions(stack.url, 0);
  });

  it('ends what was not begun yet', async () => {
    const socket = await connectSocket(stack.url);
    const forgotten = await forgottenEventType('closed');
    const hold = await holdTable(stack, 'event_type');
    socket.say(following('a', forgotten), following('b', forgotten));
    await hold.holds(1);
    await socket.close();
    await hold.release();
    await untilSubscriptions(stack.url, 0);
    await setHours(stack, host, '10:00', '17:00');
    expect(await subscriptions(stack.url)).toBe(0);
  });

  it('of another leaves those who ask the same alone', async () => {
    const viewer = follow(stack.url, { eventType, ...WINDOW });
    await viewer.next();
    const socket = await connectSocket(stack.url);
    socket.say(following('a', eventType));
    await eventOf(socket, 'a');
    socket.ws.terminate();
    await untilSubscriptions(stack.url, 1);
    await setHours(stack, host, '10:00', '17:00');
    expect((await viewer.next()).removed).toHaveLength(2);
    await viewer.close();
  });
});

describe('the end of a gateway', () => {
  it('closes sockets as one that goes away, and clients find the next', async () => {
    const environment = { ...stack.environment, PORT: String(await freePort()) };
    const url = `http://127.0.0.1:${environment.PORT}`;
    const gateway = await startBeside(environment, { sync: false });
    const silent = await connectSocket(url);
    const busy = await connectSocket(url);
    busy.say(following('a', eventType));
    await eventOf(busy, 'a');

    const closings: unknown[] = [];
    const client = createClient({
      url: socketUrl(url),
      webSocketImpl: WebSocket,
      retryAttempts: 10_000,
      shouldRetry: () => true,
      retryWait: () => pause(20), // real time: between two tries to connect
      on: { closed: (event) => closings.push(event) },
    });
    const events = client.iterate<{ availability: LiveEvent }>({
      query: FOLLOW,
      variables: { input: { eventType, ...WINDOW } },
    });
    const next = async () => (await events.next()).value?.data?.availability;
    const snapshot = await next();

    await gateway.close();
    expect([await silent.closed, await busy.closed]).toMatchObject([{ code: 1001 }, { code: 1001 }]);
    await until(async () => closings.length > 0);
    expect(closings[0]).toMatchObject({ code: 1001 });

    await setHours(stack, host, '10:00', '17:00');
    const restarted = await startBeside(environment, { sync: false });
    const again = await next();
    expect(again).toMatchObject({ __typename: 'AvailabilitySnapshot', etag: await etagNow() });
    expect(again?.etag).not.toBe(snapshot?.etag);
    await client.dispose();
    await restarted.close();
  });
});
