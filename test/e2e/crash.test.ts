import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { numbers, seedOf } from '../harness/numbers.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { buildGateway } from '../race/gateways.fixture.ts';
import { busyOf, worldBusy } from './busy.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack } from './stack.fixture.ts';

const SEED = seedOf('CRASH_SEED', 20_301_027);
const ROUNDS = 10;
const PATHS = ['/events$', '/delta$', '/instances$'];

let redis: RedisServer;
let stack: Stack;
/** Of the workers. */
let program: string;
let hosts: ConnectedHost[];
const workers: Worker[] = [];

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({
    redisUrl: redis.url,
    sync: false,
    // What is older than three of these is stale: longer than a slow machine needs to read four calendars.
    env: { POLL_INTERVAL: 'PT10S', LOG_LEVEL: 'fatal' },
  });
  program = await buildGateway();
  workers.push(startWorker(), startWorker());
  await Promise.any(workers.map(({ ready }) => ready));
  hosts = [];
  for (const [i, provider] of (['GOOGLE', 'MICROSOFT', 'GOOGLE', 'MICROSOFT'] as const).entries()) {
    hosts.push(await connectHost(stack, provider, `host-${i}`));
  }
});

afterAll(async () => {
  for (const worker of workers) await worker.kill();
  await stack?.close();
  await redis?.stop();
});

interface Worker {
  ready: Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

function startWorker(): Worker {
  const child: ChildProcess = spawn(process.execPath, [program, 'worker'], {
    env: { ...process.env, ...stack.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text) => String(text).includes('running') && resolve());
    child.once('exit', () => reject(new Error('the worker ended')));
  });
  ready.catch(() => {});
  return {
    ready,
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

it(`no change is lost, wherever kill -9 meets the workers (CRASH_SEED=${SEED})`, async () => {
  const random = numbers(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const { world, faults } = stack.simulator;
  const from = Math.floor(Date.now() / DAY) * DAY;
  const window = { from, to: from + 20 * DAY };
  const events: { calendar: string; id: string }[] = [];
  const span = () => {
    const start = from + Math.floor(random() * 18 * 48) * 30 * MINUTE;
    return { start, end: start + pick([30 * MINUTE, HOUR, 30 * HOUR]) };
  };

  function edit() {
    const known = events.length > 0 && random() < 0.5 ? pick(events) : null;
    if (!known) {
      const calendar = pick(hosts).remoteCalendar;
      const series = random() < 0.3 ? { series: { every: 'day' as const, count: 5 } } : {};
      events.push({ calendar, id: world.createEvent(calendar, { ...span(), ...series }).id });
    } else if (random() < 0.6) {
      const { start, end } = span();
      world.moveEvent(known.calendar, known.id, start, end);
    } else {
      world.deleteEvent(known.calendar, known.id);
      events.splice(events.indexOf(known), 1);
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < 4; i++) edit();
    if (random() < 0.3) faults.add({ kind: 'expire-cursors', calendar: pick(hosts).remoteCalendar });
    if (random() < 0.3) faults.add({ kind: 'notifications', effect: 'drop', times: 2 });
    if (random() < 0.5) {
      faults.add({ kind: 'answer', path: pick(PATHS), delay: Math.ceil(random() * 400), times: 3 });
    }
    await Promise.any(workers.map(({ ready }) => ready));
    await pause(random() * 600); // real time: the victim dies at any moment of its work
    const [victim] = workers.splice(Math.floor(random() * workers.length), 1);
    await victim?.kill();
    workers.push(startWorker());
  }
  edit();
  faults.clear();
  await Promise.all(workers.map(({ ready }) => ready));
  await stack.simulator.onIdle();
  const truth = hosts.map(({ remoteCalendar }) => worldBusy(stack.simulator, remoteCalendar, window));
  const ids = hosts.map(({ id }) => id);
  const whole = truth.map((periods) => ({ periods, complete: true, issues: [] }));
  const received = async () =>
    (await busyOf(stack.admin, ids, window)).map(({ freshness, ...answer }) => answer);
  // What the killed ones held or claimed is anyone's once its time runs out.
  await until(async () => isDeepStrictEqual(await received(), whole), 2 * MINUTE).catch(() => {});
  expect(await received()).toEqual(whole);
  for (const { remoteCalendar } of hosts) {
    expect(stack.simulator.channels().filter(({ calendar }) => calendar === remoteCalendar)).toHaveLength(1);
  }
}, 360_000);
