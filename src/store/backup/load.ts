/** Copies a backup into an empty database: its tables are made by the migrations that the backup names, then its rows come in one transaction. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { StartError } from '../../errors.ts';
import { MIGRATION_LIMITS } from '../../postgres/limits.ts';
import { describeUrl, openConnection } from '../connection.ts';
import { knownMigrations, migrate } from '../migrate.ts';
import { type BackupPart, readBackup } from './file.ts';
import { type BackupHeader, backupHeader, sequencesNote, tableNote } from './notes.ts';
import { type CopiedTable, copyTarget, readAppliedMigrations, readTables } from './tables.ts';

/**
 * Reads the whole file once.
 * @returns what it says of itself
 * @throws StartError when it is broken, or of a newer version than this one
 */
export async function checkBackup(file: string): Promise<BackupHeader> {
  let header: BackupHeader | undefined;
  for await (const part of readBackup(file)) {
    if (header) continue;
    const parsed = backupHeader.safeParse('note' in part ? part.note : null);
    if (!parsed.success) {
      throw new StartError(
        `${file} is no backup that this version of Slotwire can read. Use the version that made it.`,
      );
    }
    header = parsed.data;
  }
  if (!header) throw new StartError(`${file} is empty. Take another backup.`);
  const known = new Set(await knownMigrations());
  const unknown = header.migrations.filter((name) => !known.has(name));
  if (unknown.length === 0) return header;
  throw new StartError(
    `${file} was made by Slotwire ${header.product}, whose database this version doesn't know (${unknown.join(', ')}). ` +
      'Restore it with that version or a newer one.',
  );
}

/**
 * @param options.header as `checkBackup` gave it
 * @throws StartError when the database has rows, or tables of a newer version; then nothing was changed
 */
export async function loadBackup(
  url: string,
  file: string,
  { header, onTable }: { header: BackupHeader; onTable: (table: string, rows: number) => void },
): Promise<void> {
  const client = await openConnection(url, { limits: MIGRATION_LIMITS });
  try {
    await requireEmpty(client, url, header);
    await migrate(url, { only: header.migrations });
    await client.query('begin');
    const loader = createLoader(client, onTable);
    for await (const part of readBackup(file)) await loader.take(part);
    await loader.endTable();
    await client.query('commit');
  } finally {
    // Before a commit, that undoes every row.
    await client.end();
  }
}

async function requireEmpty(client: pg.Client, url: string, { migrations }: BackupHeader): Promise<void> {
  const advice = 'Restore into a new database, or an empty DATA_DIR.';
  for (const { table } of await readTables(client)) {
    const { rowCount } = await client.query(`select from ${client.escapeIdentifier(table)} limit 1`);
    if (rowCount)
      throw new StartError(`The database ${describeUrl(url)} is not empty: ${table} has rows. ${advice}`);
  }
  const of = new Set(migrations);
  const newer = (await readAppliedMigrations(client)).filter((name) => !of.has(name));
  if (newer.length > 0) {
    throw new StartError(
      `The database ${describeUrl(url)} has tables of a newer version than the backup. ${advice}`,
    );
  }
}

/** Rows follow the note of their table, and go into PostgreSQL as they come. */
function createLoader(client: pg.Client, onTable: (table: string, rows: number) => void) {
  let open: { name: string; stream: ReturnType<typeof copyFrom>; done: Promise<void> } | undefined;

  function beginTable(table: CopiedTable) {
    const stream = client.query(copyFrom(`copy ${copyTarget(client, table)} from stdin`));
    const done = finished(stream);
    done.catch(() => {}); // awaited below, perhaps after it failed
    open = { name: table.table, stream, done };
  }

  async function endTable(): Promise<void> {
    if (!open) return;
    const { name, stream, done } = open;
    open = undefined;
    stream.end();
    await done;
    onTable(name, stream.rowCount);
  }

  return {
    endTable,
    async take(part: BackupPart): Promise<void> {
      if ('bytes' in part) {
        if (!open) throw new Error('rows of no table');
        if (!open.stream.write(part.bytes)) await Promise.race([once(open.stream, 'drain'), open.done]);
        return;
      }
      await endTable();
      const table = tableNote.safeParse(part.note);
      if (table.success) return beginTable(table.data);
      const { data } = sequencesNote.safeParse(part.note);
      for (const { name, value } of data?.sequences ?? [])
        await client.query('select setval($1::text::regclass, $2::bigint)', [
          client.escapeIdentifier(name),
          value,
        ]);
    },
  };
}
