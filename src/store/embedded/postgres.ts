/** PostgreSQL of our own, real binaries, for an installation without DATABASE_URL: started, attached to, stopped. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { packagedBinaries, runnableBinaries } from './binaries.ts';
import { serverPlace } from './place.ts';
import { enter, exclusively } from './processes.ts';
import { findRunning } from './running.ts';
import { initialise, NAME, type Server, start, stop, urlOf } from './server.ts';

export interface EmbeddedOptions {
  /** DATA_DIR: the database lives in its folder `postgres`. */
  dataDir: string;
  log: Log;
  /** For tests and the demo: nothing is written through to disk, and a power failure may lose it all. */
  throwaway?: boolean;
  /** A folder with bin, lib and share; those of the npm package when absent. */
  binaries?: string;
}

export interface Embedded {
  url: string;
  /** It ran already: another command of ours uses it, or one that was killed left it. */
  attached: boolean;
  /** Leaves it; the last one to leave stops the server. */
  stop(): Promise<void>;
}

/** Takes 1 to 3 seconds the first time, half a second later on. @throws StartError that says what to do. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const home = resolve(options.dataDir, 'postgres');
  try {
    await mkdir(home, { recursive: true });
    if (process.getuid?.() === 0) await chmod(home, 0o711); // the server's user must get through
    return await exclusively(home, () => startIn(home, options));
  } catch (error) {
    if (error instanceof StartError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new StartError(
      `The embedded PostgreSQL can't use ${home}: ${error.message}. Check DATA_DIR and its owner.`,
    );
  }
}

async function startIn(
  home: string,
  { log, throwaway = false, binaries }: EmbeddedOptions,
): Promise<Embedded> {
  const { folder, account } = await serverPlace(home, throwaway, log);
  const native = await runnableBinaries(binaries ?? packagedBinaries(), folder, account, log);
  const server: Server = { folder, native, account, password: await password(home, folder), throwaway };
  await initialise(server);
  const running = await findRunning(server);
  const port = running ?? (await start(server));
  const user = await enter(home, running === null);
  const leave = async () => {
    if (await user.leave()) await stop(server);
  };
  await createDatabase(server, port).catch(async (error) => {
    await leave();
    throw error;
  });
  log.info({ port, folder, attached: running !== null }, 'embedded PostgreSQL is ready');
  return { url: urlOf(server, port), attached: running !== null, stop: () => exclusively(home, leave) };
}

/** Drawn once, and kept beside the data that it opens. */
async function password(home: string, folder: string): Promise<string> {
  const file = join(home, 'password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  if (existsSync(join(folder, 'data'))) {
    throw new StartError(
      `The password of the database in ${folder} is gone: put ${file} back, or move that folder away.`,
    );
  }
  const drawn = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, drawn, { mode: 0o600 });
  await rename(`${file}.new`, file); // whole or absent
  return drawn;
}

async function createDatabase(server: Server, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(server, port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
  } finally {
    await client.end();
  }
}
