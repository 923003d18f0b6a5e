import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { numbers, seedOf } from '../harness/numbers.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { setHours } from '../http/protocol/world.fixture.ts';
import { openTcp, sip, type TcpSocket } from '../http/raw-tcp.fixture.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../race/gateways.fixture.ts';
import { bySocket, byStream } from './carriers.fixture.ts';
import { asker } from './client.fixture.ts';
import { answerNow, createMirror, liveDocument, type MirrorEvent, SELECTIONS } from './mirror.fixture.ts';
import { type Question, type Spectator, spectate } from './spectator.fixture.ts';
import { connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { CROWD_SECONDS } = process.env;
const SEED = seedOf('CROWD_SEED', 20_301_027);
/** Each of them is made before the crowd comes to rest. */
const CHANGES = ['hold', 'block', 'undo', 'hours', 'edit'];
const SECONDS = Number(CROWD_SECONDS ?? 10);
const VIEWERS = 300;
const BURST = 500;
/** Subscriptions of one socket that nobody reads: more than the network takes in. */
const UNREAD = 60;
/** Nothing that a crowd waits for takes longer, on a machine that does much else. */
const LONGEST = 3 * MINUTE;

const { at } = testDay();
const iso = (instant: number) => new Date(instant).toISOString();
const WINDOWS = [
  { from: iso(at('00:00')), to: iso(at('24:00')) },
  { from: iso(at('00:00')), to: iso(at('48:00')) },
  { from: iso(at('08:00')), to: iso(at('12:30')) },
];
const LONG = { from: iso(at('00:00')), to: iso(at('00:00') + 61 * 24 * HOUR) };

let redis: RedisServer;
let stack: Stack;
const gateways: GatewayProcess[] = [];
const questions: Question[] = [];
let native: { id: string; slug: string }[];
let connected: { id: string; slug: string; remoteCalendar: string };
let types: string[];

beforeAll(async () => {
  redis = await startRedis();
  const env = {
    ...{ HOLD_TTL: 'PT3S', RATE_LIMIT_ANONYMOUS: '1000000/PT1M', SOCKETS_PER_ADDRESS: '100000' },
    LOG_LEVEL: 'fatal',
  };
  stack = await startStack({ redisUrl: redis.url, sync: false, env });
  const program = await buildGateway();
  const environment = { ...stack.environment, PUBLIC_URL: stack.url };
  for (let i = 0; i < 2; i++) gateways.push(startGatewayProcess(program, environment, await freePort()));
  await Promise.all(gateways.map(({ ready }) => ready()));
  connected = await connectHost(stack, 'GOOGLE', 'gina');
  native = [await makeHost(stack.admin, 'ada'), await makeHost(stack.admin, 'bob')];
  const [ada = connected, bob = connected] = native;
  const team = { scheduling: 'ROUND_ROBIN', hosts: [ada.id, bob.id, connected.id] };
  types = [
    await makeEventType(stack.admin, connected, 'solo'),
    await makeEventType(stack.admin, ada, 'group', { seats: 3 }),
    await makeEventType(stack.admin, bob, 'team', team),
  ];
  for (const eventType of types) {
    for (const window of WINDOWS) {
      for (const slots of SELECTIONS)
        questions.push({ input: { eventType, ...window }, slots, known: new Map() });
    }
  }
});

const crowd: Spectator[] = [];
const readers: TcpSocket[] = [];
afterAll(async () => {
  await Promise.all(crowd.map((spectator) => spectator.stop()));
  for (const { socket } of readers) socket.destroy();
  await Promise.all(gateways.map((gateway) => gateway.kill()));
  await stack?.close();
  await redis?.stop();
});

const pick = <T>(random: () => number, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)] ?? expect.fail('nothing to pick from');

/** Changes one thing after another, at the gateways in turn; what a killed one did not answer is done or not. */
async function change(
  counts: Record<string, number>,
  random: () => number,
  urls: () => readonly string[],
  over: () => boolean,
) {
  const { world } = stack.simulator;
  const events: string[] = [];
  const undo: (() => Promise<unknown>)[] = [];
  const span = () => {
    const start = at('08:00') + Math.floor(random() * 70) * 30 * MINUTE;
    return { start: iso(start), end: iso(start + 30 * MINUTE * Math.ceil(4 * random())) };
  };
  const ways: Record<string, (ask: ReturnType<typeof asker>) => Promise<unknown>> = {
    async hold(ask) {
      const { holdSlot } = await ask<{ holdSlot: { token?: string } }>(
        'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
        { input: { eventType: pick(random, types), start: span().start } },
      );
      const { token } = holdSlot;
      if (token) undo.push(() => ask('mutation ($token: String!) { releaseHold(token: $token) }', { token }));
    },
    async block(ask) {
      const { createBlock } = await ask<{ createBlock: { id: string } }>(
        'mutation ($input: BlockInput!) { createBlock(input: $input) { id } }',
        { input: { host: pick(random, native).id, ...span() } },
      );
      undo.push(() => ask('mutation ($id: ID!) { deleteBlock(id: $id) }', createBlock));
    },
    undo: async () => undo.splice(Math.floor(random() * undo.length), 1)[0]?.(),
    hours: () =>
      setHours(
        stack,
        pick(random, native),
        pick(random, ['08:00', '09:00', '09:30']),
        pick(random, ['16:30', '17:00']),
      ),
    async edit() {
      const { start, end } = span();
      const times = { start: Date.parse(start), end: Date.parse(end) };
      const known = random() < 0.6 ? events.splice(Math.floor(random() * events.length), 1)[0] : undefined;
      if (known) world.deleteEvent(connected.remoteCalendar, known);
      else events.push(world.createEvent(connected.remoteCalendar, times).id);
    },
  };
  while (!over()) {
    const [name, way] = pick(random, Object.entries(ways));
    const ask = asker(pick(random, urls()), stack.environment.ADMIN_TOKEN);
    const done = await way(ask).then(
      () => name,
      () => `${name} failed`,
    );
    counts[done] = (counts[done] ?? 0) + 1;
    await pause(80 * random()); // real time: changes come at any moment
  }
}

/** A socket with `count` subscriptions whose bytes the test reads as it likes. */
async function tcpReader(eventType: string, window: object, count: number, dialled?: ReturnType<typeof sip>) {
  const tcp = await openTcp(gateways[0]?.url ?? '', {}, undefined, dialled);
  readers.push(tcp);
  const input = { eventType, ...window };
  tcp.say({ type: 'connection_init' });
  const refused = tcp.ended.then(({ code }) => expect.fail(`ended before it was acknowledged: ${code}`));
  await Promise.race([until(async () => tcp.texts.length > 0), refused]);
  for (let i = 0; i < count; i++) {
    const query = liveDocument(SELECTIONS[i % 3] ?? '');
    tcp.say({ id: String(i), type: 'subscribe', payload: { query, variables: { input } } });
  }
  return { tcp, input, count };
}

/** Does each of its subscriptions hold what the query answers? @returns faults of what it received */
async function readerState({ tcp, input, count }: Awaited<ReturnType<typeof tcpReader>>) {
  const mirrors = Array.from({ length: count }, () => createMirror());
  for (const text of tcp.texts.slice(1)) {
    const { id, payload }: { id: string; payload: { data: { availability: MirrorEvent } } } =
      JSON.parse(text);
    mirrors[Number(id)]?.apply(payload.data.availability);
  }
  const answers = await Promise.all(SELECTIONS.map((slots) => answerNow(stack.anyone, slots, input)));
  return {
    faults: mirrors.flatMap(({ faults }) => faults),
    agrees: mirrors.every(({ held }, i) => JSON.stringify(held()) === JSON.stringify(answers[i % 3])),
    events: mirrors.reduce((sum, { received }) => sum + received.length, 0),
  };
}

/** Once it has caught up; false when the server ended it before. */
async function caughtUp(reader: Awaited<ReturnType<typeof tcpReader>>): Promise<boolean> {
  let isEnded = false;
  void reader.tcp.ended.then(() => {
    isEnded = true;
  });
  await until(async () => isEnded || (await readerState(reader)).agrees, LONGEST);
  return !isEnded;
}

/**
 * Many who come in the same moment, hear what there is, and go. A joiner whose connection ends before comes again, as clients do: a
 * machine that is short of breath may be later with an introduction than the gateway waits.
 */
async function burst(random: () => number, urls: readonly string[]) {
  let isOver = false;
  const join = async () => {
    const { input, slots, known } = pick(random, questions);
    const url = pick(random, urls);
    const mirror = createMirror(known);
    const asked = { query: liveDocument(slots), variables: { input, resumeAfter: null } };
    while (!isOver && mirror.received.length === 0) {
      const carrier = bySocket(url, asked, mirror.apply);
      let hasEnded = false;
      void carrier.ended.then(() => {
        hasEnded = true;
      });
      await until(() => isOver || hasEnded || mirror.received.length > 0, LONGEST);
      carrier.cut();
    }
    return mirror.faults;
  };
  const faults = await Promise.all(Array.from({ length: BURST }, join)).finally(() => {
    isOver = true;
  });
  return faults.flat();
}

/** Those who don't hold what the query answers now. */
async function behind() {
  const answers = new Map<Question, string>();
  for (const question of questions) {
    answers.set(question, JSON.stringify(await answerNow(stack.anyone, question.slots, question.input)));
  }
  return crowd.filter(({ question, mirror }) => JSON.stringify(mirror.held()) !== answers.get(question));
}

it(
  `a crowd of ${VIEWERS} receives all in ${SECONDS} s, whatever breaks meanwhile (CROWD_SEED=${SEED})`,
  async () => {
    const random = numbers(SEED);
    const all = gateways.map(({ url }) => url);
    let urls: readonly string[] = all;
    let calm = false;
    const among = { urls: () => urls, random, calm: () => calm };
    const [solo = '', group = ''] = types;
    // Before the crowd comes: who takes a few bytes at a time may not get to its introduction within 3 s of the upgrade then.
    const sipping = await tcpReader(solo, WINDOWS[0] ?? LONG, 1, sip(all[0] ?? ''));
    const stalled = await tcpReader(group, LONG, UNREAD);
    stalled.tcp.socket.pause();
    for (let i = 0; i < VIEWERS; i++) {
      crowd.push(spectate(among, pick(random, questions), i % 2 ? bySocket : byStream));
    }
    const counts: Record<string, number> = {};
    const changers = [1, 2, 3].map((n) =>
      change(
        counts,
        numbers(SEED + n),
        () => urls,
        () => calm,
      ),
    );

    // real time: what breaks does so at any moment of the crowd's coming and going.
    const watchFor = (quarters: number) => pause((quarters * SECONDS * SECOND) / 4);
    await watchFor(1);
    await redis.stop();
    await watchFor(1 / 4);
    await redis.restart();
    await watchFor(1 / 2);
    const burstFaults = await burst(numbers(SEED + 9), urls);
    await watchFor(1 / 2);
    urls = all.slice(0, 1);
    await gateways[1]?.kill();
    await watchFor(1 / 2);
    await gateways[1]?.start();
    urls = all;
    await watchFor(1);
    // Enough has happened, of each kind, however slow the machine is.
    const answered = () => crowd.reduce((sum, { mirror }) => sum + mirror.received.length, 0);
    await until(() => CHANGES.every((name) => counts[name]) && answered() > 3 * VIEWERS, LONGEST);
    calm = true;
    await Promise.all(changers);
    await stack.simulator.onIdle();

    // Holds run out, calendars are read: then nothing changes any more.
    await until(async () => (await behind()).length === 0, LONGEST).catch(() => {});
    const late = (await behind()).map(({ mirror, ends }) => ({ answered: mirror.received.slice(-3), ends }));
    stalled.tcp.socket.resume();
    const caught = [await caughtUp(stalled), await caughtUp(sipping)];
    const comings = crowd.reduce((sum, spectator) => sum + spectator.comings, 0);
    const snapshots = crowd
      .flatMap(({ mirror }) => mirror.received)
      .filter((text) => text.startsWith('=')).length;
    const states = [await readerState(stalled), await readerState(sipping)];
    const ends: Record<string, number> = {};
    for (const why of crowd.flatMap((each) => each.ends)) ends[why] = (ends[why] ?? 0) + 1;
    const read = states.map(({ events }) => events);
    process.stderr.write(
      `crowd: ${JSON.stringify({ answered: answered(), snapshots, comings, read, caught, ends, ...counts })}\n`,
    );

    expect(late).toEqual([]);
    expect(crowd.flatMap(({ mirror }) => mirror.faults)).toEqual([]);
    expect(burstFaults).toEqual([]);
    expect(states.flatMap(({ faults }) => faults)).toEqual([]);
    // Who reads slowly hears all the same; who does not read may be ended for it.
    expect(caught[1]).toBe(true);
  },
  SECONDS * SECOND + 15 * MINUTE,
);
