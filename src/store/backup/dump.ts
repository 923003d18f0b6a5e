/** Copies a database out, all tables as they were at one instant, beside gateways that go on. */
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { StartError } from '../../errors.ts';
import { MIGRATION_LIMITS } from '../../postgres/limits.ts';
import { describeUrl, openConnection } from '../connection.ts';
import type { BackupPart } from './file.ts';
import type { BackupHeader } from './notes.ts';
import { copyTarget, readAppliedMigrations, readTables } from './tables.ts';

export interface DumpOptions {
  header: Pick<BackupHeader, 'product' | 'keys'>;
  onTable: (table: string, rows: number) => void;
}

/** @throws StartError where there is no Slotwire */
export async function* dumpDatabase(url: string, options: DumpOptions): AsyncGenerator<BackupPart> {
  const client = await openConnection(url, { limits: MIGRATION_LIMITS });
  try {
    // One snapshot for all tables. It locks nobody out.
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local datestyle to iso; set local intervalstyle to postgres');
    const migrations = await readAppliedMigrations(client);
    if (migrations.length === 0) {
      throw new StartError(`There is no Slotwire in ${describeUrl(url)}: nothing to back up.`);
    }
    const format = { format: 'slotwire-backup', formatVersion: 1 } as const;
    const header: BackupHeader = {
      ...format,
      ...options.header,
      takenAt: await readTime(client),
      migrations,
    };
    yield { note: header };
    yield* copyTables(client, options.onTable);
    yield { note: { sequences: await readSequences(client) } };
  } finally {
    await client.end();
  }
}

/** By the database's clock, ISO 8601. */
async function readTime(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ now: Date }>('select now()');
  return rows[0]?.now.toISOString() ?? '';
}

async function* copyTables(client: pg.Client, onTable: DumpOptions['onTable']): AsyncGenerator<BackupPart> {
  for (const table of await readTables(client)) {
    yield { note: table };
    const rows = client.query(copyTo(`copy ${copyTarget(client, table)} to stdout`));
    for await (const bytes of rows) yield { bytes };
    onTable(table.table, rows.rowCount);
  }
}

/** Read after the tables, so that none is behind their rows. */
async function readSequences(client: pg.Client): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select sequencename::text as name, last_value::text as value from pg_sequences
     where schemaname = current_schema() and last_value is not null`,
  );
  return rows;
}
