/** Brings a database up to prisma/migrations, recorded as Prisma records it: `prisma migrate deploy` agrees. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import { MIGRATION_LIMITS } from '../postgres/limits.ts';
import { describeUrl, openConnection } from './connection.ts';

/** Prisma's own advisory lock for migrations. */
const MIGRATION_LOCK = 72_707_369;

/** Prisma's own table, as its schema engine makes it. */
const MIGRATIONS_TABLE = `create table if not exists _prisma_migrations (
  id                  varchar(36) primary key not null,
  checksum            varchar(64) not null,
  finished_at         timestamptz,
  migration_name      varchar(255) not null,
  logs                text,
  rolled_back_at      timestamptz,
  started_at          timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, hex. */
  checksum: string;
}

interface Recorded {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * Safe to call from several processes at once: one applies, the others wait and find nothing to do.
 * @param options.only names of those to apply; without, all are
 * @returns names of the migrations applied now, in order.
 * @throws StartError when the database can't be reached, has another history, is newer than the code, or a migration fails.
 */
export async function migrate(
  url: string,
  options: { migrationsFolder?: string; log?: Log; only?: readonly string[] } = {},
): Promise<string[]> {
  const folder = options.migrationsFolder ?? join(packageRoot(), 'prisma', 'migrations');
  const migrations = (await readMigrations(folder)).filter(
    ({ name }) => options.only?.includes(name) ?? true,
  );
  // A migration takes as long as it needs.
  const client = await openConnection(url, { limits: MIGRATION_LIMITS });
  try {
    await lock(client, options.log);
    await client.query(MIGRATIONS_TABLE);
    const due = pending(migrations, await recorded(client), describeUrl(url));
    for (const migration of due) {
      await apply(client, migration);
      options.log?.info({ migration: migration.name }, 'migration applied');
    }
    return due.map((migration) => migration.name);
  } finally {
    await client.end(); // frees the lock as well
  }
}

/**
 * Names the migrations that a start would apply, in order, and changes nothing.
 * @throws StartError when the database has another history, is newer than the code, or a migration failed half-way
 */
export async function pendingMigrations(
  client: pg.Client,
  url: string,
): Promise<{ known: number; pending: string[] }> {
  const migrations = await readMigrations(join(packageRoot(), 'prisma', 'migrations'));
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('_prisma_migrations') is not null as there",
  );
  const applied = rows[0]?.there ? await recorded(client) : [];
  const due = pending(migrations, applied, describeUrl(url));
  return { known: migrations.length, pending: due.map(({ name }) => name) };
}

/** Names of the migrations that this version has, in order. */
export const knownMigrations = async (): Promise<string[]> =>
  (await readMigrations(join(packageRoot(), 'prisma', 'migrations'))).map(({ name }) => name);

/** The folder whose package.json is ours: above src/store when run from source, above dist/ when bundled. */
export function packageRoot(from = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'slotwire') return folder;
    if (folder === dirname(folder)) throw new StartError(`No package.json of slotwire above ${from}.`);
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new StartError(`The migrations are missing: there is no folder ${folder}.`);
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function lock(client: pg.Client, log: Log | undefined): Promise<void> {
  const { rows } = await client.query('select pg_try_advisory_lock($1::bigint) as free', [MIGRATION_LOCK]);
  if (rows[0].free) return;
  log?.info('another process migrates the database: waiting for it');
  await client.query('select pg_advisory_lock($1::bigint)', [MIGRATION_LOCK]);
}

async function recorded(client: pg.Client): Promise<Recorded[]> {
  const { rows } = await client.query<Recorded>(
    'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
  );
  return rows;
}

function pending(migrations: readonly Migration[], rows: readonly Recorded[], where: string): Migration[] {
  const failed = rows.find((row) => row.finished_at === null);
  if (failed) {
    throw new StartError(
      `Migration ${failed.migration_name} failed half-way in ${where}. Check which of its changes the database has, ` +
        `then record it: npx prisma migrate resolve --rolled-back ${failed.migration_name} (or --applied), and start again.`,
    );
  }
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = rows.map((row) => row.migration_name).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new StartError(
      `The database ${where} is newer than this version of Slotwire, which doesn't know ${unknown.sort().join(', ')}. ` +
        'Start the version that applied it, or restore the backup from before that.',
    );
  }
  const checksums = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  return migrations.filter(({ name, checksum }) => {
    const applied = checksums.get(name);
    if (applied !== undefined && applied !== checksum) {
      throw new StartError(
        `Migration ${name} was changed after it was applied to ${where}. Restore its migration.sql as it was ` +
          `(SHA-256 ${applied}) and put the change into a new migration.`,
      );
    }
    return applied === undefined;
  });
}

/** Applies a migration and records it in one transaction. */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`Migration ${name} failed and changed nothing: ${reason}`, { cause: error });
  }
}
