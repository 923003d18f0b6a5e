import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeEventType, makeHost, makeKey } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { setHours } from '../http/protocol/world.fixture.ts';
import { connectSocket, type RawSocket } from '../http/raw-socket.fixture.ts';
import { dial, openTcp, upgradeRequest } from '../http/raw-tcp.fixture.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../race/gateways.fixture.ts';
import { asker } from './client.fixture.ts';
import { answerNow, createMirror, liveDocument, type MirrorAnswer, SELECTIONS } from './mirror.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { openViewer, type Viewer, type ViewerOptions } from './viewer.fixture.ts';

const { window, at, iso } = testDay();

let redis: RedisServer;
let stack: Stack;
let [a, b]: GatewayProcess[] = [];
let connected: ConnectedHost;
const gateways = () => [a, b].map((gateway) => gateway ?? expect.fail('no gateway'));
const urls = () => [stack.url, ...gateways().map(({ url }) => url)];

beforeAll(async () => {
  redis = await startRedis();
  const limits = { RATE_LIMIT_ANONYMOUS: '1000000/PT1M', SOCKETS_PER_ADDRESS: '10000' };
  stack = await startStack({ redisUrl: redis.url, sync: false, env: { LOG_LEVEL: 'fatal', ...limits } });
  const program = await buildGateway();
  const environment = { ...stack.environment, PUBLIC_URL: stack.url };
  const start = async () => startGatewayProcess(program, environment, await freePort());
  [a, b] = [await start(), await start()];
  await Promise.all(gateways().map(({ ready }) => ready()));
  connected = await connectHost(stack, 'GOOGLE', 'gina');
});
afterAll(async () => {
  await Promise.all([a?.kill(), b?.kill()]);
  await stack?.close();
  await redis?.stop();
});

const viewers: Viewer[] = [];
const sockets: RawSocket[] = [];
afterEach(async () => {
  const faults = viewers.flatMap(({ mirror, failure }) => [...mirror.faults, failure() ?? []].flat());
  await Promise.all(viewers.splice(0).map((viewer) => viewer.close()));
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
  expect(faults).toEqual([]);
});

const inputOf = (eventType: string) => ({ eventType, ...window });
function view(url: string, eventType: string, more: Partial<ViewerOptions> = {}) {
  const viewer = openViewer({ urls: () => url, input: inputOf(eventType), retries: 0, ...more });
  viewers.push(viewer);
  return viewer;
}
/** One whose gateway will be gone. */
function lost(url: string, eventType: string) {
  const viewer = view(url, eventType);
  viewers.pop();
  return viewer;
}
/** So many events have come, counted from the first of all. */
const answered = ({ mirror, failure }: Viewer, count: number) =>
  until(async () => mirror.received.length >= count || failure() !== null);

/** All hold what every gateway answers. */
async function agree(all: readonly Viewer[], eventType: string, at = urls()) {
  const answers = async () =>
    Promise.all(at.map((url) => answerNow(asker(url), SELECTIONS[2], inputOf(eventType))));
  const held = () => all.map(({ mirror }) => mirror.held());
  await until(async () => {
    const now = JSON.stringify((await answers())[0]);
    return held().every((each) => JSON.stringify(each) === now);
  }).catch(() => {});
  const [answer, ...others] = await answers();
  for (const each of [...others, ...held()]) expect(each).toEqual(answer);
}

async function makeRoom(slug: string) {
  const host = await makeHost(stack.admin, slug);
  return { host, eventType: await makeEventType(stack.admin, host, 'talk', { seats: 2 }) };
}

/** Lets time pass for what Redis keeps of recent answers. */
async function expire() {
  const client = createClient({ url: redis.url });
  await client.connect();
  for (const key of await client.keys('slotwire:recent:*')) await client.pExpire(key, 1);
  await until(async () => (await client.keys('slotwire:recent:*')).length === 0);
  client.destroy();
}

describe('a viewer whose gateway is killed', () => {
  it('resumes a viewer of a killed gateway at another one, from an etag that only the killed one served', async () => {
    const { host, eventType } = await makeRoom('killed');
    const early = lost(gateways()[0]?.url ?? '', eventType);
    const kept: MirrorAnswer[] = [];
    const keep = async () => {
      await answered(early, kept.length + 1);
      kept.push(early.mirror.held() ?? expect.fail('nothing held'));
    };
    await keep();
    await setHours(stack, host, '10:00', '17:00');
    await keep();
    const late = lost(gateways()[0]?.url ?? '', eventType);
    await answered(late, 1);
    await setHours(stack, host, '10:00', '16:00');
    await keep();
    await answered(late, 2);
    await a?.kill();

    const url = gateways()[1]?.url ?? '';
    const now = kept[2]?.etag;
    const present = view(url, eventType, { mirror: late.mirror });
    const unknown = view(url, eventType, { resumeAfter: 'unknown' });
    // From Redis alone: nobody followed this here before.
    const back = kept.slice(0, 2).map((availability) => {
      const mirror = createMirror();
      mirror.apply({ __typename: 'AvailabilitySnapshot', etag: availability.etag, availability });
      return view(url, eventType, { mirror });
    });
    await Promise.all([answered(unknown, 1), ...back.map((viewer) => answered(viewer, 2))]);
    expect(unknown.mirror.received).toEqual([`= ${now}`]);
    for (const [n, { mirror }] of back.entries()) {
      expect(mirror.received).toEqual([`= ${kept[n]?.etag}`, `${kept[n]?.etag} > ${now}`]);
    }
    await a?.start();
    await setHours(stack, host, '11:00', '16:00');
    await agree([present, unknown, ...back], eventType);
    // Silence, then what has changed.
    expect(present.mirror.received.slice(2)).toEqual([`${now} > ${present.mirror.etag()}`]);
  });

  it.each(['expired', 'flushed'])(
    'sends a snapshot when the etag that a viewer holds has %s',
    async (how) => {
      const { host, eventType } = await makeRoom(how);
      const viewer = view(gateways()[0]?.url ?? '', eventType);
      await answered(viewer, 1);
      await setHours(stack, host, '10:00', '17:00');
      await answered(viewer, 2);
      await (how === 'expired' ? expire() : redis.flush());
      const older = viewer.mirror.received[0]?.slice(2) ?? '';
      const anew = view(gateways()[1]?.url ?? '', eventType, { resumeAfter: older });
      await answered(anew, 1);
      expect(anew.mirror.received).toEqual([`= ${viewer.mirror.etag()}`]);
      await agree([viewer, anew], eventType);
    },
  );
});

it('loses no change when Redis is away and returns empty while changes go on', async () => {
  const { host, eventType } = await makeRoom('lost');
  const admins = urls().map((url) => asker(url, stack.environment.ADMIN_TOKEN));
  const all = [eventType, connected.eventType].flatMap((type) => urls().map((url) => view(url, type)));
  await Promise.all(all.map((viewer) => answered(viewer, 1)));
  let over = false;
  let changes = 0;
  const { world } = stack.simulator;
  async function change(n: number) {
    const ask = admins[n % admins.length] ?? stack.admin;
    const from = 18 + (n % 16);
    const [start, end] = [from, from + 1].map((half) =>
      new Date(at('00:00') + half * 1_800_000).toISOString(),
    );
    if (n % 4 === 0) await setHours(stack, host, `0${(n >> 2) % 9}:30`, '17:00');
    if (n % 4 === 1) {
      const { createBlock } = await ask<{ createBlock: { id: string } }>(
        'mutation ($input: BlockInput!) { createBlock(input: $input) { id } }',
        { input: { host: host.id, start, end } },
      );
      if (n % 3 > 0) await ask('mutation ($id: ID!) { deleteBlock(id: $id) }', { id: createBlock.id });
    }
    if (n % 4 === 2) {
      await ask('mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename } }', {
        input: { eventType, start },
      });
    }
    if (n % 4 === 3) {
      const event = world.createEvent(connected.remoteCalendar, {
        start: Date.parse(start ?? ''),
        end: Date.parse(end ?? ''),
      });
      if (n % 8 === 3) world.deleteEvent(connected.remoteCalendar, event.id);
    }
    changes++;
  }
  const load = (async () => {
    for (let n = 0; !over; n++) await change(n);
  })();
  const more = async (count: number) => {
    const enough = changes + count;
    await Promise.race([until(async () => changes >= enough), load]);
  };
  await more(10);
  await redis.stop();
  await more(20);
  await redis.restart();
  await more(20);
  over = true;
  await load;
  await stack.simulator.onIdle();
  await agree(all.slice(0, 3), eventType);
  await agree(all.slice(3), connected.eventType);
  // What is sent twice or skipped is a fault of the mirror; and who asks now gets the same.
  const late = urls().map((url) => view(url, eventType));
  await agree([...all.slice(0, 3), ...late], eventType);
}, 120_000);

it('ends sockets and streams of a revoked key at every gateway at once', async () => {
  const { eventType } = await makeRoom('keys');
  const { id, secret } = await makeKey(stack, ['BOOK']);
  const authorization = `Bearer ${secret}`;
  const [here, there] = [a, b].map((gateway) => view(gateway?.url ?? '', eventType, { authorization }));
  const other = view(gateways()[1]?.url ?? '', eventType);
  const streams = await Promise.all(
    gateways().map(({ url }) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization, accept: 'text/event-stream', 'content-type': 'application/json' },
        body: JSON.stringify({ query: liveDocument('start'), variables: { input: inputOf(eventType) } }),
      }),
    ),
  );
  const bodies = streams.map((stream) => stream.text());
  const all = [here, there, other].map((viewer) => viewer ?? expect.fail());
  await Promise.all(all.map((viewer) => answered(viewer, 1)));
  await asker(gateways()[0]?.url ?? '', stack.environment.ADMIN_TOKEN)(
    'mutation ($id: ID!) { revokeApiKey(id: $id) }',
    { id },
  );
  for (const text of await Promise.all(bodies)) expect(text).toContain('AvailabilitySnapshot');
  await until(async () => [here, there].every((viewer) => viewer?.closes.length === 1));
  for (const viewer of [here, there]) expect(viewer?.closes[0]).toMatchObject({ code: 4403 });
  expect([other.closes, other.failure()]).toEqual([[], null]);
  viewers.length = 0;
  await Promise.all(all.map((viewer) => viewer.close()));
});

it('drains the viewers of a stopping gateway one after the other, and they resume elsewhere', async () => {
  const { host, eventType } = await makeRoom('stopped');
  const [one, two] = gateways().map(({ url }) => url);
  const crowd = await Promise.all(Array.from({ length: 200 }, () => connectSocket(one ?? '')));
  sockets.push(...crowd);
  const faithful = Array.from({ length: 20 }, () =>
    view('', eventType, { urls: (n) => (n === 0 ? one : two) ?? '', retries: 600 }),
  );
  await Promise.all(faithful.map((viewer) => answered(viewer, 1)));
  const before = faithful[0]?.mirror.etag();
  const unread = await openTcp(one ?? '');
  // Half of a request: a connection that a proxy holds open.
  const request = upgradeRequest();
  const waiting = await dial(one ?? '');
  waiting.write(request.slice(0, 30));
  const refused = new Promise<string>((resolve) => {
    let text = '';
    waiting.on('data', (chunk) => {
      text += chunk;
    });
    waiting.once('close', () => resolve(text));
    waiting.once('end', () => waiting.end());
  });
  const closed: number[] = [];
  for (const socket of crowd) {
    void socket.closed.then(({ code }) => closed.push(code));
  }
  const stopped = a?.stop();
  await Promise.race(crowd.map((socket) => socket.closed));
  // As they were sent, not all in one go.
  expect(closed.length).toBeLessThan(200);
  waiting.write(request.slice(30));
  await setHours(stack, host, '10:00', '17:00');
  expect(await refused).toMatch(/^HTTP\/1.1 503 .*\r\nRetry-After: 1/);
  expect(await stopped).toBe(0);
  unread.socket.destroy();
  await until(async () => closed.length === 200);
  expect(new Set(closed)).toEqual(new Set([1001]));

  await agree(faithful, eventType, [stack.url, two ?? '']);
  for (const { mirror, closes } of faithful) {
    expect(closes[0]?.code).toBe(1001);
    expect(mirror.received).toEqual([`= ${before}`, `${before} > ${mirror.etag()}`]);
  }
  expect(mirrorStarts(faithful[0])).toContain(iso('10:00')[0]);
});

const mirrorStarts = (viewer: Viewer | undefined) => viewer?.mirror.held()?.slots.map(({ start }) => start);
