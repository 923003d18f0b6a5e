/** The store: Prisma over a pool of plain connections. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { Log } from '../log.ts';
import { CONNECT_TIMEOUT, withUtc } from './connection.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';

export type Store = PrismaClient;

/** What `store.$transaction(async (tx) => …)` passes; a `Store` is one too. */
export type Tx = Prisma.TransactionClient;

/**
 * Connects at the first query; `waitForDatabase` reports a wrong URL beforehand.
 * @param options.max connections of the pool, 10 by default
 */
export function createStore(url: string, options: { max?: number; log?: Log } = {}): Store {
  const onConnectionError = (error: Error) =>
    options.log?.warn({ reason: error.message }, 'database connection lost');
  const adapter = new PrismaPg(
    {
      connectionString: withUtc(url),
      max: options.max ?? 10,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      application_name: 'slotwire',
    },
    { onPoolError: onConnectionError, onConnectionError: onConnectionError },
  );
  return new PrismaClient({ adapter });
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

/** Lets the queries at hand end, then closes the pool. */
export const closeStore = (store: Store): Promise<void> => store.$disconnect();
