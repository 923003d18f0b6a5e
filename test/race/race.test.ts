import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/time/clock.ts';
import { asker } from '../e2e/client.fixture.ts';
import { connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { availability, makeHost, startsOf } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { numbers, seedOf } from '../harness/numbers.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type SkewedClock, skewedClock } from '../harness/skewed-clock.ts';
import { bookedClaims, calendarFaults, storedBookings, storeFaults } from './ending.fixture.ts';
import { faultsOf } from './faults.fixture.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from './gateways.fixture.ts';
import { CELL, type RaceType, type Recorded } from './history.fixture.ts';
import { makeRaceTypes, type RaceHost } from './types.fixture.ts';
import { visit } from './visitor.fixture.ts';

const SECONDS = Number(process.env.RACE_SECONDS ?? 20);
const SEED = seedOf('RACE_SEED', 20_301_027);
const VISITORS = 200;
const STRICT_DEADLINE = 3 * SECOND;
/** What confirming adds to STRICT_DEADLINE when it keeps a hold alive. */
const LEEWAY = 10 * SECOND;
/** The most that the clock of a gateway's machine is ahead or behind: one that is further off closes hosts. */
const SKEW = 1.5 * SECOND;
/** How well gateways know the database's clock, by which holds end. */
const CLOCK_ERROR = SECOND;

const { window, at, iso } = testDay();
const STARTS = Array.from({ length: 12 }, (_, i) => at('10:00') + i * CELL);

let redis: RedisServer;
let stack: Stack;
const gateways: GatewayProcess[] = [];
/** Of each gateway. */
const clocks: SkewedClock[] = [];
const hosts: RaceHost[] = [];
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
  for (let i = 0; i < 3; i++) {
    const clock = skewedClock((i - 1) * SKEW);
    clocks.push(clock);
    gateways.push(startGatewayProcess(program, { ...environment, ...clock.env }, await freePort()));
  }
  await Promise.all(gateways.map(({ ready }) => ready()));
  for (const [i, provider] of (['GOOGLE', 'MICROSOFT', 'GOOGLE'] as const).entries()) {
    hosts.push(await connectHost(stack, provider, `race-${i}`));
  }
  for (const slug of ['race-3', 'race-4'])
    hosts.push({ ...(await makeHost(stack.admin, slug)), remoteCalendar: null });
  types = await makeRaceTypes(stack.admin, hosts);
}, 120_000);

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()));
  for (const clock of clocks) clock.remove();
  await stack?.close();
  await redis?.stop();
});

/** Kills gateways and starts them again, with another clock, flushes Redis, restarts it, and ends database connections. */
async function makeTrouble(random: () => number, over: () => boolean) {
  for (let round = 0; !over(); round++) {
    await pause(2_000 + 2_000 * random()); // real time: trouble comes at any moment of the race
    const way = round % 3;
    if (way === 0) await redis.flush();
    if (way === 1) await redis.restart();
    if (way === 2) await endConnections();
    const at = Math.floor(random() * gateways.length);
    const victim = gateways[at];
    await victim?.kill();
    clocks[at]?.set((2 * random() - 1) * SKEW);
    await victim?.start();
  }
}

/** Ends about half of the database's connections, in the middle of their statements: PostgreSQL alone chooses which. */
const endConnections = () =>
  rows(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5`);

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

    const stored = await storedBookings(rows);
    const counts: Record<string, number> = {};
    for (const each of history) counts[nameOf(each)] = (counts[nameOf(each)] ?? 0) + 1;

    process.stderr.write(`race: ${JSON.stringify(counts)}\n`);

    // What is booked takes its time, at each of its hosts once; what is cancelled takes none.
    expect(await storeFaults(rows, stored)).toEqual([]);
    const booked = bookedClaims(history, stored);
    const ending = { at: Date.now(), booked };
    expect(
      faultsOf({ types, history, prolonged: STRICT_DEADLINE + LEEWAY, skew: CLOCK_ERROR, ending }),
    ).toEqual([]);
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
      const busy = stored.filter(({ hosts: whose }) => whose.includes(solo?.hosts[0] ?? ''));
      return !starts.some((start) => busy.some((booking) => booking.start === Date.parse(start)));
    });

    // Each stands once in the calendars that it was written to.
    const calendars = { hosts, stored, world: stack.simulator.world, foreign: new Set<string>() };
    const span = { from: at('00:00'), to: at('24:00') };
    expect(await calendarFaults(rows, { ...calendars, span }, 2 * MINUTE)).toEqual([]);
  },
  SECONDS * SECOND + 8 * MINUTE,
);
