/**
 * Two gateways on one Redis whose wires are slow, break, fall silent and come back, under readers who ask the same question all
 * the time: no answer is older than what its gateway answered before the question was asked, and none is older than a second
 * elsewhere.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { Gateway } from '../../src/main.ts';
import { daily, type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { readMetrics } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { WINDOW } from '../http/protocol/world.fixture.ts';
import { asker } from './client.fixture.ts';
import { type Stack, startBeside, startStack } from './stack.fixture.ts';

/** How old an answer may be where the change was made at another gateway. Milliseconds. */
const ANSWER_AGE = 1_000;
const STEP = 5;

let redis: RedisServer;
let wires: { writer: TcpProxy; other: TcpProxy };
let stack: Stack;
let other: Gateway;
let host: MadeHost;
let eventType: string;
/** Changes whose values the writing gateway could not bring to Redis. */
let unpublished = 0;

beforeAll(async () => {
  redis = await startRedis();
  const wire = () => startTcpProxy(() => [redis.port]);
  wires = { writer: await wire(), other: await wire() };
  const urlOf = ({ port }: TcpProxy) => `redis://127.0.0.1:${port}`;
  const write = (line: string) => {
    // A message that may not be sent is lost, and its value is there all the same.
    if (line.includes('change not published') && !line.includes('NOPERM')) unpublished += 1;
  };
  stack = await startStack({
    redisUrl: urlOf(wires.writer),
    env: { RATE_LIMIT_ANONYMOUS: '1000000/PT1M' },
    log: createLog('warn', { write }),
  });
  const environment = { ...stack.environment, PORT: String(await freePort()), REDIS_URL: urlOf(wires.other) };
  other = await startBeside(environment, { sync: false, log: createLog('silent') });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
}, 120_000);

afterAll(async () => {
  await other?.close();
  await stack?.close();
  await Promise.all([wires?.writer.close(), wires?.other.close()]);
  await redis?.stop();
});

interface Write {
  n: number;
  answeredAt: number;
  isPublished: boolean;
}
interface Read {
  at: 'writer' | 'other';
  n: number;
  askedAt: number;
}

// real time: for the order of events alone, and for the age that an answer may have
const now = () => performance.now();

const QUESTION = 'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } } }';

/** The number of the last change that an answer knows of: the day begins so many steps after midnight. */
async function readNumber(url: string): Promise<number> {
  const { availability } = await asker(url)<{ availability: { slots: { start: string }[] } }>(QUESTION, {
    input: { eventType, ...WINDOW },
  });
  const start = Date.parse(availability.slots[0]?.start ?? '') - Date.parse(WINDOW.from);
  return start / 60_000 / STEP;
}

function record() {
  const writes: Write[] = [];
  const reads: Read[] = [];
  let isOver = false;
  const urls = { writer: stack.url, other: other.url };

  async function readAll(at: Read['at']) {
    while (!isOver) {
      const askedAt = now();
      reads.push({ at, n: await readNumber(urls[at]), askedAt });
    }
  }
  const readers = (['writer', 'writer', 'other', 'other'] as const).map(readAll);

  return {
    writes,
    reads,
    /** Makes so many changes, one after the other. */
    async change(count: number) {
      for (let i = 0; i < count; i++) {
        const n = writes.length + 1;
        const start = `${String(Math.floor((n * STEP) / 60)).padStart(2, '0')}:${String((n * STEP) % 60).padStart(2, '0')}`;
        const before = unpublished;
        await stack.admin(
          'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
          { host: host.id, input: daily(start, '24:00') },
        );
        writes.push({ n, answeredAt: now(), isPublished: unpublished === before });
        // Each gateway is asked at least once between two changes.
        const seen = reads.length;
        await until(() => {
          const since = reads.slice(seen).map(({ at }) => at);
          return since.includes('writer') && since.includes('other');
        });
      }
    },
    async end() {
      isOver = true;
      await Promise.all(readers);
    },
  };
}

/** Answers that are older than they may be. */
const outdated = (writes: readonly Write[], reads: readonly Read[]) =>
  reads.flatMap((read) => {
    const since = read.at === 'writer' ? read.askedAt : read.askedAt - ANSWER_AGE;
    const known = writes.filter(({ answeredAt, isPublished }) => isPublished && answeredAt <= since);
    const least = known.at(-1)?.n ?? 0;
    return read.n >= least ? [] : [{ ...read, least }];
  });

const keptAt = async (url: string) =>
  Number(/^slotwire_answers_total\{source="kept"\} (\d+)$/m.exec(await readMetrics(url))?.[1] ?? 0);

it('no answer is older than a change that its gateway answered before, or than one of a second ago elsewhere', async () => {
  await stack.admin(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    { host: host.id, input: daily('00:00', '24:00') },
  );
  const history = record();
  await history.change(10);
  for (const wire of Object.values(wires)) wire.delay(40);
  await history.change(10);
  for (const wire of Object.values(wires)) wire.delay(0);
  wires.other.reset();
  await history.change(10);
  await redis.command('ACL', 'SETUSER', 'default', 'resetchannels');
  await history.change(10);
  await redis.command('ACL', 'SETUSER', 'default', 'allchannels');
  wires.other.silence();
  await history.change(10);
  await redis.restart();
  // Both have found it again once a change gets through.
  await until(async () => {
    await history.change(1);
    return history.writes.at(-1)?.isPublished && wires.other.connections() > 0;
  });
  await history.change(10);
  await history.end();

  const { writes, reads } = history;
  expect(writes.filter(({ isPublished }) => isPublished).length).toBeGreaterThan(40);
  expect(outdated(writes, reads)).toEqual([]);
  for (const url of [stack.url, other.url]) {
    await until(async () => (await readNumber(url)) === writes.length);
    expect(await keptAt(url)).toBeGreaterThan(0);
  }
}, 240_000);

it('the check itself finds an answer that is too old', () => {
  const writes = [{ n: 1, answeredAt: 10, isPublished: true }];
  const read = { n: 0, askedAt: 10 };
  expect(outdated(writes, [{ ...read, at: 'writer' }])).toHaveLength(1);
  expect(outdated(writes, [{ ...read, at: 'other' }])).toEqual([]);
  expect(outdated(writes, [{ ...read, at: 'other', askedAt: 1_010 }])).toHaveLength(1);
});
