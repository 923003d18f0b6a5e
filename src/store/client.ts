/** The store: Prisma over a pool of plain connections. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Log } from '../log.ts';
import type { ConnectionLimits } from '../postgres/limits.ts';
import { BoundedPool } from '../postgres/pool.ts';
import { SECOND } from '../time/clock.ts';
import { watchTransactions } from './audit/audited.ts';
import { withUtc } from './connection.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import type { PoolUse } from './pool-metrics.ts';

export type Store = PrismaClient;

/** What `store.$transaction(async (tx) => …)` passes; a `Store` is one too. */
export type Tx = Prisma.TransactionClient;

/**
 * Of transactions that set no limits of their own, milliseconds: until one has a connection, and until it is committed. Long enough
 * for a change of many calendars, and for a machine that runs other programs beside.
 */
const TRANSACTION = { maxWait: 10 * SECOND, timeout: 20 * SECOND };

/**
 * Connects at the first query; `waitForDatabase` reports a wrong URL beforehand. Lost connections are replaced, and no query
 * waits without an end (src/postgres/limits.ts).
 * @param options.max connections of the pool, 10 by default
 * @param options.onLost is called for each connection that is lost
 * @param options.onPool is given the pool, to watch its use
 */
export function createStore(
  url: string,
  options: {
    max?: number;
    limits?: ConnectionLimits;
    log?: Log;
    onLost?: () => void;
    onPool?: (pool: PoolUse) => void;
  } = {},
): Store {
  const pool = new BoundedPool(withUtc(url), {
    name: 'slotwire',
    max: options.max ?? 10,
    limits: options.limits,
    onLost(error) {
      options.log?.warn({ reason: error.message }, 'database connection lost');
      options.onLost?.();
    },
  });
  options.onPool?.(pool);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return watchTransactions(new PrismaClient({ adapter, transactionOptions: TRANSACTION }));
}

/** The time by the database's clock, epoch milliseconds. */
export async function readDatabaseTime(store: Store): Promise<number> {
  const [row] = await store.$queryRaw<{ now: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`;
  if (!row) throw new Error("the database didn't tell the time");
  return row.now;
}

/** For the rest of the transaction: the server gives up what takes longer than `ms`, waits for locks included. */
export const setStatementTimeout = (tx: Tx, ms: number) =>
  tx.$queryRaw`select set_config('statement_timeout', ${String(ms)}, true)`;

/** For the rest of the transaction: the server gives up what waits for one lock longer than `ms`. */
export const limitLockWaits = (tx: Tx, ms: number) =>
  tx.$queryRaw`select set_config('lock_timeout', ${String(ms)}, true)`;

/** Lets the queries at hand end, within two seconds, then closes the pool. */
export const closeStore = (store: Store): Promise<void> => store.$disconnect();
