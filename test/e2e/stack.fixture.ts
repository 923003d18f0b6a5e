/** A whole gateway in the test's process: real database, real Redis when asked, both simulators, over HTTP. */
import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config.ts';
import { createLog, type Log } from '../../src/log.ts';
import { type Gateway, startGateway } from '../../src/main.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { gatewayEnvironment } from '../../src/simulator/environment.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { Store } from '../../src/store/client.ts';
import { type Clock, systemClock } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { METRICS_TOKEN } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { type Ask, asker } from './client.fixture.ts';

export interface Stack {
  url: string;
  admin: Ask;
  anyone: Ask;
  simulator: Simulator;
  /** What a second process on the same database and Redis needs. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

export const ADMIN_TOKEN = 'test-admin-token-of-enough-length';

/** Whatever a test books, it does from one address. */
export const BOOKED_FROM_ONE_ADDRESS = {
  HOLDS_PER_ADDRESS: '1000000',
  CHALLENGE: 'off',
  BOOKINGS_PER_ADDRESS: '1000000/PT1H',
  BOOKINGS_PER_EMAIL: '1000000/PT1H',
};

export async function startStack(
  options: { redisUrl?: string; env?: Record<string, string>; clock?: Clock; sync?: boolean; log?: Log } = {},
): Promise<Stack> {
  const { clock = systemClock } = options;
  const database: FreshDatabase = await freshDatabase();
  const simulator = await createSimulator({ clock });
  const port = await freePort();
  const environment = {
    PORT: String(port),
    DATABASE_URL: database.url,
    ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}),
    ADMIN_TOKEN,
    METRICS_TOKEN,
    ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    ...gatewayEnvironment(simulator),
    ALLOW_PRIVATE_NETWORK: 'true',
    ...BOOKED_FROM_ONE_ADDRESS,
    LOG_LEVEL: 'warn',
    ...options.env,
  };
  const gateway = await startBeside(environment, { ...options, clock, sync: options.sync ?? true });
  const config = readConfig(environment);
  return {
    url: config.PUBLIC_URL,
    admin: asker(config.PUBLIC_URL, ADMIN_TOKEN),
    anyone: asker(config.PUBLIC_URL),
    simulator,
    environment,
    async close() {
      await gateway.close();
      await simulator.close();
      await database.drop();
    },
  };
}

/** One more gateway in the test's process, on what an environment names. */
export function startBeside(
  environment: Record<string, string>,
  {
    clock = systemClock,
    http = true,
    sync = true,
    log,
  }: { clock?: Clock; http?: boolean; sync?: boolean; log?: Log } = {},
): Promise<Gateway> {
  const config = readConfig(environment);
  return startGateway({
    config,
    log: log ?? createLog(config.LOG_LEVEL),
    installation: {
      databaseUrl: environment.DATABASE_URL ?? '',
      keyRing: createKeyRing(config.ENCRYPTION_KEYS ?? []),
      adminToken: ADMIN_TOKEN,
    },
    http,
    sync,
    clock,
  });
}

export interface ConnectedHost {
  id: string;
  slug: string;
  eventType: string;
  /** Of the gateway. */
  calendar: string;
  /** Of the provider: the primary calendar. */
  remoteCalendar: string;
}

const HOURS = {
  timeZone: 'UTC',
  weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }],
};

/** A host with a person at the provider, connected through the consent page, watched and read, with an event type. */
export async function connectHost(
  stack: Stack,
  provider: 'GOOGLE' | 'MICROSOFT',
  slug: string,
): Promise<ConnectedHost> {
  const { admin, simulator } = stack;
  const email = `${slug}@example.com`;
  simulator.world.addPerson({
    email,
    name: slug,
    provider: provider === 'GOOGLE' ? 'google' : 'microsoft',
    timeZone: 'UTC',
  });
  const { createHost: host } = await admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    { input: { name: slug, slug, timeZone: 'UTC', workingHours: HOURS } },
  );
  const { startConnect } = await admin<{ startConnect: string }>(
    'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
    { host: host.id, provider },
  );
  const back = await simulator.connect(startConnect, email);
  if (new URL(back).searchParams.has('error')) throw new Error(`not connected: ${back}`);
  const { createEventType } = await admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: slug, slug: 'intro', title: 'Intro', length: 'PT30M', hosts: [host.id] } },
  );
  const calendar = await until(async () => {
    const answer = await admin<{ host: { calendars: CalendarState[] } }>(
      'query ($id: ID!) { host(id: $id) { calendars { id externalId selected watch { state } sync { provenAsOf } } } }',
      { id: host.id },
    );
    const found = answer.host.calendars.find(({ selected }) => selected);
    return found?.watch?.state === 'ACTIVE' && found.sync.provenAsOf ? found : null;
  });
  await simulator.onIdle();
  return {
    id: host.id,
    slug,
    eventType: createEventType.id,
    calendar: calendar.id,
    remoteCalendar: simulator.world.calendars(email).find(({ primary }) => primary)?.id ?? '',
  };
}

interface CalendarState {
  id: string;
  externalId: string;
  selected: boolean;
  watch: { state: string } | null;
  sync: { provenAsOf: string | null };
}

/** Until no job of the calendar runs or is due. */
export const untilJobsAreDone = (store: Store, calendar: string): Promise<true> =>
  until(async () => {
    const [found] = await store.$queryRaw<{ open: number }[]>`
      select count(*)::int as open from graphile_worker._private_jobs
      where payload->>'calendar' = ${calendar} and (locked_at is not null or run_at <= now())`;
    return found?.open === 0;
  });

/** A whole day from three to four days ahead, in UTC. */
export function testDay() {
  const from = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 3 * 86_400_000;
  return {
    window: { from: new Date(from).toISOString(), to: new Date(from + 86_400_000).toISOString() },
    at: (time: string) => from + (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * 60_000,
    iso: (...times: string[]) =>
      times.map((time) =>
        new Date(from + (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * 60_000).toISOString(),
      ),
  };
}
