/** One throwaway PostgreSQL per run, and in it a migrated database of its own for each suite that asks. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { createLog } from '../../src/log.ts';
import type { Store } from '../../src/store/client.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { until } from './eventually.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database of the run's server, for a superuser. */
    postgresUrl: string;
  }
}

const TEMPLATE = 'slotwire_template';

/** A server of its own: the run's, and those of tests that do to a server what the tests of a run must not do to each other. */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slotwire-test-'));
  await chmod(dataDir, 0o711); // as root: PostgreSQL's user must get in
  const server = await startEmbeddedPostgres({ dataDir, log: createLog('warn'), throwaway: true });
  await run(server.url, `create database ${TEMPLATE}`);
  await migrate(databaseUrl(server.url, TEMPLATE));
  await run(server.url, `alter database ${TEMPLATE} with is_template true allow_connections false`);
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

export interface FreshDatabase {
  url: string;
  /** Also ends connections that are still open. */
  drop(): Promise<void>;
}

/**
 * A database with all migrations applied and no rows, for one suite (or one test).
 * @param server the URL that `startPostgres` gave; the run's server by default
 */
export const freshDatabase = ({ server = inject('postgresUrl'), tablespace = 'pg_default' } = {}) =>
  createDatabase(server, `template ${TEMPLATE} tablespace ${tablespace}`);

/** A database with nothing in it. */
export const emptyDatabase = (): Promise<FreshDatabase> => createDatabase(inject('postgresUrl'), '');

async function createDatabase(admin: string, from: string): Promise<FreshDatabase> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await run(admin, `create database ${name} ${from}`);
  return {
    url: databaseUrl(admin, name),
    drop: () => run(admin, `drop database if exists ${name} with (force)`),
  };
}

/** Until a transaction of this database waits for what another one has locked. */
export const untilLockIsAwaited = (store: Store): Promise<true> =>
  until(async () => {
    const [found] = await store.$queryRaw<{ waiting: number }[]>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    return (found?.waiting ?? 0) > 0;
  });

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

function databaseUrl(url: string, name: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.href;
}
