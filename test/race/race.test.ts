import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/time/clock.ts';
import { asker } from '../e2e/client.fixture.ts';
import { connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { availability, makeEventType, makeHost, startsOf } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { numbers, seedOf } from '../harness/numbers.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { faultsOf } from './faults.fixture.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from './gateways.fixture.ts';
import { CELL, type Place, type RaceType, type Recorded } from './history.fixture.ts';
import { visit } from './visitor.fixture.ts';

const SECONDS = Number(process.env.RACE_SECONDS ?? 20);
const SEED = seedOf('RACE_SEED', 20_301_027);
const VISITORS = 200;
const STRICT_DEADLINE = 3 * SECOND;
/** What confirming adds to STRICT_DEADLINE when it keeps a hold alive. */
const LEEWAY = 10 * SECOND;

const { window, at, iso } = testDay();
const STARTS = Array.from({ length: 12 }, (_, i) => at('10:00') + i * CELL);

let redis: RedisServer;
let stack: Stack;
const gateways: GatewayProcess[] = [];
const hosts: { id: string; slug: string; remoteCalendar: string | null }[] = [];
let types: RaceType[];

beforeAll(async () => {
  redis = await startRedis();
  const limit = '1000000/PT1M';
  const env = {
    HOLD_TTL: 'PT8S',
    STRICT_DEADLINE: `PT${STRICT_DEADLINE / SECOND}S`,
    RATE_LIMIT_ANONYMOUS: limit,
    RATE_LIMIT_STRICT: limit,
    LOG_LEVEL: 'fatal',
  };
  stack = await startStack({ redisUrl: redis.url, sync: false, env });
  const environment = { ...stack.environment, PUBLIC_URL: stack.url };
  const program = await buildGateway();
  for (let i = 0; i < 3; i++) gateways.push(startGatewayProcess(program, environment, await freePort()));
  await Promise.all(gateways.map(({ ready }) => ready()));
  for (const [i, provider] of (['GOOGLE', 'MICROSOFT', 'GOOGLE'] as const).entries()) {
    hosts.push(await connectHost(stack, provider, `race-${i}`));
  }
  for (const slug of ['race-3', 'race-4'])
    hosts.push({ ...(await makeHost(stack.admin, slug)), remoteCalendar: null });
  types = await Promise.all([
    makeType('solo', 'SINGLE', [0]),
    makeType('long', 'SINGLE', [0], { length: 2 * CELL }),
    makeType('group', 'SINGLE', [1], { seats: 3 }),
    makeType('plain', 'SINGLE', [4]),
    makeType('all', 'COLLECTIVE', [0, 1, 2]),
    makeType('pair', 'COLLECTIVE', [3, 4], { seats: 2 }),
    makeType('any', 'ROUND_ROBIN', [0, 1, 2, 3, 4]),
    makeType('crowd', 'ROUND_ROBIN', [2, 3], { seats: 2 }),
    makeType('most', 'QUORUM', [1, 2, 3, 4], { quorum: 2 }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()));
  await stack?.close();
  await redis?.stop();
});

async function makeType(
  slug: string,
  scheduling: RaceType['scheduling'],
  whose: readonly number[],
  more: Partial<RaceType> = {},
): Promise<RaceType> {
  const ids = whose.map((i) => hosts[i]?.id ?? '');
  const owner = hosts[whose[0] ?? 0] ?? { id: '', slug: '' };
  const model = { scheduling, hosts: ids, quorum: 0, length: CELL, seats: 1, ...more };
  const id = await makeEventType(stack.admin, owner, slug, {
    scheduling,
    hosts: ids,
    seats: model.seats,
    length: `PT${model.length / 60_000}M`,
    interval: 'PT30M',
    onStale: slug === 'any' ? 'WARN' : 'FAIL_CLOSED',
    ...(scheduling === 'QUORUM' ? { quorum: model.quorum } : {}),
  });
  return { id, ...model };
}

/** Kills gateways and starts them again, flushes Redis and restarts it. */
async function makeTrouble(random: () => number, over: () => boolean) {
  for (let round = 0; !over(); round++) {
    await pause(2_000 + 2_000 * random()); // real time: trouble comes at any moment of the race
    const way = round % 3;
    if (way === 0) await redis.flush();
    if (way === 1) await redis.restart();
    const victim = gateways[Math.floor(random() * gateways.length)];
    await victim?.kill();
    await victim?.start();
  }
}

/** What was asked for and what came of it. */
const nameOf = ({ op, answer }: Recorded) => `${op} ${typeof answer === 'object' ? answer.is : answer}`;

async function rows<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  return (await client.query<T>(sql).finally(() => client.end())).rows;
}

it(
  `nobody is booked twice by ${VISITORS} visitors in ${SECONDS} s (RACE_SEED=${SEED})`,
  async () => {
    const random = numbers(SEED);
    const history: Recorded[] = [];
    const end = Date.now() + SECONDS * SECOND;
    // It goes on until each of these has happened, however slow the machine is.
    const missing = new Set(['hold SlotHold', 'hold SlotTaken', 'confirm Booking', 'cancel Booking']);
    const over = () => Date.now() > end + (missing.size > 0 ? 2 * MINUTE : 0);
    const race = {
      types,
      starts: STARTS,
      urls: gateways.map(({ url }) => url),
      random,
      over,
      record(what: Recorded) {
        history.push(what);
        missing.delete(nameOf(what));
      },
    };
    await Promise.all([
      makeTrouble(numbers(SEED + 1), over),
      ...Array.from({ length: VISITORS }, () => visit(race)),
    ]);

    const claims = new Map<string, string>();
    for (const record of history) {
      if (record.op === 'confirm' && typeof record.answer !== 'string')
        claims.set(record.answer.booking, record.claim);
    }
    const bookings = await rows<{ id: string; start: Date; hosts: string[]; status: string }>(
      'select id, starts_at as start, hosts, status from booking',
    );
    const times = await rows<{ owner: string; host: string; start: Date; kind: string }>(
      `select owner_id as owner, host_id as host, starts_at as start, kind from native_time where valid_to is null`,
    );
    const counts: Record<string, number> = {};
    for (const each of history) counts[nameOf(each)] = (counts[nameOf(each)] ?? 0) + 1;

    process.stderr.write(`race: ${JSON.stringify(counts)}\n`);

    // What is booked takes its time, at each of its hosts once; what is cancelled takes none.
    const standing = bookings.filter(({ status }) => status === 'CONFIRMED');
    const wanted = standing.flatMap(({ id, start, hosts: whose }) =>
      whose.map((host) => `${id} ${host} ${start.getTime()}`),
    );
    const found = times
      .filter(({ kind }) => kind === 'booking')
      .map(({ owner, host, start }) => `${owner} ${host} ${start.getTime()}`);
    expect(found.sort()).toEqual(wanted.sort());
    expect(
      await rows(`select a.id, b.id from native_time a join native_time b on a.host_id = b.host_id and a.id < b.id
        where a.valid_to is null and b.valid_to is null and a.slot_key <> b.slot_key
          and a.starts_at < b.ends_at and b.starts_at < a.ends_at`),
    ).toEqual([]);

    const booked = new Map<string, Place>(
      standing.flatMap(({ id, start, hosts: whose }) => {
        const claim = claims.get(id);
        return claim ? [[claim, { start: start.getTime(), hosts: whose }] as const] : [];
      }),
    );
    const ending = { at: Date.now(), booked };
    expect(faultsOf({ types, history, prolonged: STRICT_DEADLINE + LEEWAY, ending })).toEqual([]);
    expect([...missing]).toEqual([]);

    // Every gateway says the same.
    await Promise.all(gateways.map(({ ready }) => ready()));
    for (const { id: eventType } of types) {
      await until(async () => {
        const answers = await Promise.all(
          gateways.map(({ url }) => availability(asker(url), { eventType, ...window })),
        );
        return new Set(answers.map(({ etag }) => etag)).size === 1;
      });
    }
    const [solo] = types;
    await until(async () => {
      const starts = startsOf(
        await availability(stack.anyone, { eventType: solo?.id, from: iso('10:00')[0], to: iso('16:00')[0] }),
      );
      const busy = times.filter(({ host, kind }) => host === solo?.hosts[0] && kind === 'booking');
      return !starts.some((start) => busy.some((time) => time.start.getTime() === Date.parse(start)));
    });

    // Each stands once in the calendars that it was written to.
    const writes = await until(async () => {
      const all = await rows<{ booking: string; host: string; status: string; wanted: string }>(
        'select booking_id as booking, host_id as host, status, wanted from booking_write',
      );
      return all.every(({ status }) => status === 'WRITTEN') && all;
    }, 2 * MINUTE);
    for (const { id, remoteCalendar } of hosts) {
      if (remoteCalendar === null) continue;
      const due = new Set(
        writes.flatMap(({ booking, host, wanted: how }) =>
          host === id && how === 'present' ? [booking] : [],
        ),
      );
      const here = standing.filter((booking) => booking.hosts.includes(id));
      expect([...due].sort()).toEqual(here.map((booking) => booking.id).sort());
      const events = stack.simulator.world.events(remoteCalendar, at('00:00'), at('24:00'));
      expect(events.map(({ start }) => start).sort()).toEqual(
        here.map(({ start }) => start.getTime()).sort(),
      );
    }
  },
  SECONDS * SECOND + 8 * MINUTE,
);
