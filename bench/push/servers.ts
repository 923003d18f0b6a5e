/** The two servers that are compared, each a process of its own: the gateway on a real database, and stock Yoga. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../src/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.ts';
import { freePort } from '../../test/harness/ports.ts';
import { startRedis } from '../../test/harness/redis.ts';
import { type Child, startChild, type Usage } from '../child.ts';
import { changeOf, windowOf } from './changes.ts';
import type { GatewayProcess } from './gateway.ts';
import { asker, createHosts, type Hosts } from './hosts.ts';
import type { StockProcess } from './stock.ts';

export interface PushServer extends Hosts {
  name: 'slotwire' | 'yoga';
  /** Of its GraphQL, over HTTP. */
  url: string;
  usage(options: { collected: boolean }): Promise<Usage>;
}

export type WithServer = <T>(eventTypes: number, run: (server: PushServer) => Promise<T>) => Promise<T>;

const ADMIN_TOKEN = 'benchmark-admin-token-of-enough-length';
const LIMITLESS = { SOCKETS_PER_ADDRESS: '1000000', RATE_LIMIT_ANONYMOUS: '100000000/PT1M' };

/** Cache and topics lie in the gateway's own process when no Redis is installed. */
export const withSlotwire: WithServer = (eventTypes, run) =>
  withGateways(1, eventTypes, ([server]) => {
    if (!server) throw new Error('no gateway was started');
    return run(server);
  });

/** A gateway of a fleet. */
export interface FleetServer extends PushServer {
  /** As kill -9 does. */
  kill(): Promise<unknown>;
}

/** Gateways on one database and one Redis, which must be installed for more than one. */
export async function withGateways<T>(
  count: number,
  eventTypes: number,
  run: (servers: FleetServer[]) => Promise<T>,
): Promise<T> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'slotwire-bench-'));
    ends.push(() => rm(dataDir, { recursive: true }));
    await chmod(dataDir, 0o711); // as root: PostgreSQL's user must get in
    const database = await startEmbeddedPostgres({ dataDir, log: createLog('error'), throwaway: true });
    ends.push(database.stop);
    const redis = await startRedis().catch(() => null);
    if (redis) ends.push(redis.stop);
    else if (count > 1) throw new Error('several gateways need redis-server on PATH');
    else process.stderr.write('no redis-server on PATH: cache and topics in the process\n');
    const environment = {
      DATABASE_URL: database.url,
      ...(redis ? { REDIS_URL: redis.url } : {}),
      ADMIN_TOKEN,
      ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
      ...LIMITLESS,
      LOG_LEVEL: 'error',
    };
    const gateways: { url: string; gateway: Child<GatewayProcess> }[] = [];
    for (let i = 0; i < count; i++) {
      const env = { ...environment, PORT: String(await freePort()) };
      const gateway = await startChild<GatewayProcess>('push/gateway.ts', env);
      ends.push(gateway.end);
      gateways.push({ gateway, url: await gateway.ask('url') });
    }
    // What changes is asked of the last, which lives longest.
    const hosts = await createHosts(asker(gateways.at(-1)?.url ?? '', ADMIN_TOKEN), eventTypes);
    return await run(
      gateways.map(({ url, gateway }) => ({
        ...{ name: 'slotwire' as const, url, ...hosts },
        usage: (options) => gateway.ask('usage', options),
        kill: gateway.end,
      })),
    );
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

export const withYoga: WithServer = async (eventTypes, run) => {
  const stock = await startChild<StockProcess>('push/stock.ts', { EVENT_TYPES: String(eventTypes) });
  try {
    const types = (await stock.ask('eventTypes')).map((id) => ({ id, changes: 0 }));
    return await run({
      name: 'yoga',
      url: await stock.ask('url'),
      windows: types.map(({ id }) => windowOf(id)),
      async change(index) {
        const type = types[index];
        if (!type) throw new RangeError(`There is no event type ${index}.`);
        await stock.ask('change', { eventType: type.id, change: changeOf(type.changes++) });
      },
      usage: (options) => stock.ask('usage', options),
    });
  } finally {
    await stock.end();
  }
};
