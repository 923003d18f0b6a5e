/** All that a chaos run breaks: PostgreSQL, Redis and providers behind wires, processes of the product, and hosts. */
import { randomBytes } from 'node:crypto';
import { gatewayEnvironment } from '../../src/simulator/environment.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { migrate } from '../../src/store/migrate.ts';
import { SECOND, systemClock } from '../../src/time/clock.ts';
import { asker } from '../e2e/client.fixture.ts';
import {
  ADMIN_TOKEN,
  BOOKED_FROM_ONE_ADDRESS,
  type ConnectedHost,
  connectHost,
  type Stack,
} from '../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { freePort } from '../harness/ports.ts';
import { type PostgresPair, startPostgresPair } from '../harness/postgres-pair.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import type { RaceType } from '../race/history.fixture.ts';
import { makeRaceTypes, type RaceHost } from '../race/types.fixture.ts';
import { createFleet, type Fleet } from './fleet.fixture.ts';

export const STRICT_DEADLINE = 3 * SECOND;
const GATEWAYS = 2;
const WORKERS = 2;

export interface ChaosWorld {
  database: PostgresPair;
  redis: RedisServer;
  simulator: Simulator;
  /** What all processes reach the three by. */
  wires: { database: TcpProxy; redis: TcpProxy; provider: TcpProxy };
  /** The database's wire leads to this port. */
  leadTo(port: number): void;
  fleet: Fleet;
  /** Asks whichever gateway is there. */
  stack: Stack;
  /** Of every process. */
  environment: Readonly<Record<string, string>>;
  /** Five, the first three with calendars. */
  hosts: readonly RaceHost[];
  types: readonly RaceType[];
  /** A host with a calendar and one without, of whom no visitor knows. */
  probe: { connected: ConnectedHost; native: { host: string; eventType: string } };
  /** At the end of a run, whatever came of it. */
  close(): Promise<void>;
}

export async function createChaosWorld(): Promise<ChaosWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of undo.reverse()) await step().catch(() => {});
  };
  try {
    return await create(undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function create(undo: (() => Promise<unknown>)[], close: () => Promise<void>): Promise<ChaosWorld> {
  const database = await startPostgresPair();
  undo.push(() => database.close());
  const redis = await startRedis();
  undo.push(() => redis.stop());
  const simulator = await createSimulator({ clock: systemClock });
  undo.push(() => simulator.close());
  await migrate(database.url(database.primaryPort()));

  let target = database.primaryPort();
  const ports: number[] = [];
  for (let i = 0; i < GATEWAYS; i++) ports.push(await freePort());
  const simulatorPort = Number(new URL(simulator.url).port);
  const wires = {
    database: await startTcpProxy(() => [target]),
    redis: await startTcpProxy(() => [redis.port]),
    provider: await startTcpProxy(() => [simulatorPort]),
  };
  // What stands before gateways: each connection goes to one that listens.
  const balancer = await startTcpProxy(() => (Math.random() < 0.5 ? ports : ports.toReversed()));
  undo.push(() => balancer.close(), ...Object.values(wires).map((wire) => () => wire.close()));

  const url = `http://127.0.0.1:${balancer.port}`;
  const overWire = Object.entries(gatewayEnvironment(simulator)).map(([name, value]) => [
    name,
    value.replace(simulator.url, `http://127.0.0.1:${wires.provider.port}`),
  ]);
  const unlimited = '1000000/PT1M';
  const environment: Record<string, string> = {
    PUBLIC_URL: url,
    DATABASE_URL: database.url(wires.database.port),
    REDIS_URL: `redis://127.0.0.1:${wires.redis.port}`,
    ADMIN_TOKEN,
    ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    ...Object.fromEntries(overWire),
    ALLOW_PRIVATE_NETWORK: 'true',
    HOLD_TTL: 'PT8S',
    POLL_INTERVAL: 'PT20S',
    STRICT_DEADLINE: `PT${STRICT_DEADLINE / SECOND}S`,
    RATE_LIMIT_ANONYMOUS: unlimited,
    RATE_LIMIT_STRICT: unlimited,
    ...BOOKED_FROM_ONE_ADDRESS,
    SOCKETS_PER_ADDRESS: '10000',
    LOG_LEVEL: 'warn',
  };
  const fleet = createFleet(ports, WORKERS, environment);
  undo.push(() => fleet.end());
  await fleet.start();

  const stack: Stack = {
    url,
    admin: asker(url, ADMIN_TOKEN),
    anyone: asker(url),
    simulator,
    environment,
    close,
  };
  const hosts: RaceHost[] = [];
  for (const [i, provider] of (['GOOGLE', 'MICROSOFT', 'GOOGLE'] as const).entries())
    hosts.push(await connectHost(stack, provider, `race-${i}`));
  for (const slug of ['race-3', 'race-4'])
    hosts.push({ ...(await makeHost(stack.admin, slug)), remoteCalendar: null });
  const connected = await connectHost(stack, 'MICROSOFT', 'probe');
  const native = await makeHost(stack.admin, 'probe-native');
  const types = await makeRaceTypes(stack.admin, hosts);
  return {
    database,
    redis,
    simulator,
    wires,
    leadTo(port) {
      target = port;
    },
    fleet,
    stack,
    environment,
    hosts,
    types,
    probe: {
      connected,
      native: { host: native.id, eventType: await makeEventType(stack.admin, native, 'probe') },
    },
    close,
  };
}
