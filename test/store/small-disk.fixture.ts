/** A database on a disk that a test fills up: a small tmpfs for root, else a server that may spill nothing to its disk. */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { inject } from 'vitest';
import { type FreshDatabase, freshDatabase, startPostgres } from '../harness/postgres.ts';

const run = promisify(execFile);

export interface SmallDisk extends FreshDatabase {
  /** Leaves no byte. Sessions of before are closed where only a setting plays the full disk. */
  fill(): Promise<void>;
  empty(): Promise<void>;
}

/** Mounts what `drop` unmounts. */
export async function databaseOnSmallDisk(): Promise<SmallDisk> {
  return process.getuid?.() === 0 ? onTmpfs() : underLimit();
}

/** On a server of its own: while a disk of a server is full, its checkpoints fail, and with them each drop of a database. */
async function onTmpfs(): Promise<SmallDisk> {
  const server = await startPostgres();
  const [folder] = await sql(server.url, 'show data_directory');
  const { uid, gid } = await stat(String(folder?.data_directory));
  const disk = await mkdtemp(join(tmpdir(), 'slotwire-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
  await chown(disk, uid, gid);
  await chmod(disk, 0o700);
  const tablespace = disk.replace(/\W/g, '_').slice(1).toLowerCase();
  await sql(server.url, `create tablespace ${tablespace} location '${disk}'`);
  const database = await freshDatabase({ server: server.url, tablespace });
  const filler = join(disk, 'filler');
  return {
    url: database.url,
    async fill() {
      // The write ends with what fits.
      await writeFile(filler, Buffer.alloc(64 * 1024 * 1024)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOSPC') throw error;
      });
    },
    empty: () => rm(filler),
    async drop() {
      await server.stop();
      await run('umount', [disk]);
      await rm(disk, { recursive: true });
    },
  };
}

async function underLimit(): Promise<SmallDisk> {
  const database = await freshDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const change = async (setting: string) => {
    const server = inject('postgresUrl');
    await sql(server, `alter database ${name} ${setting}`);
    await sql(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
  };
  return {
    ...database,
    fill: () => change("set temp_file_limit = '1kB'"),
    empty: () => change('reset temp_file_limit'),
  };
}

async function sql(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(text).finally(() => client.end());
  return rows;
}
