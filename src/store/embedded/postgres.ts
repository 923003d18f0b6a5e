/** An embedded PostgreSQL for an installation without DATABASE_URL: starts it, attaches to it, stops it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { MINUTE } from '../../time/clock.ts';
import { openConnection } from '../connection.ts';
import { packagedBinaries, runnableBinaries } from './binaries.ts';
import { removeLeftovers } from './leftovers.ts';
import { locateServer } from './location.ts';
import { withLockFile } from './processes.ts';
import { findRunning } from './running.ts';
import { DATABASE_NAME, type EmbeddedServer, initialiseCluster, serverUrl, startServer } from './server.ts';
import { useServer } from './use.ts';

export interface EmbeddedPostgresOptions {
  /** DATA_DIR: the database lives in its folder `postgres`. */
  dataDir: string;
  log: Log;
  /** For tests and the demo: writes are not flushed to disk, so that a power failure may lose the database. */
  throwaway?: boolean;
  /** A folder with bin, lib and share; by default that of the npm package. */
  binaries?: string;
  /**
   * Called when the server ended and could not be started again. By default that is logged, and the process lives on
   * without a database.
   */
  onLost?: (error: StartError) => void;
  /** How long the server outlives its last client, milliseconds; ten minutes by default. */
  idleLimit?: number;
}

const IDLE_LIMIT = 10 * MINUTE;

export interface EmbeddedPostgres {
  url: string;
  /** The server ran already: another command uses it, or one that was killed left it running. */
  attached: boolean;
  /** Ends this process's use of the server. The last process to do so stops the server. */
  stop(): Promise<void>;
}

/** Takes 1 to 3 seconds the first time, half a second later on. @throws StartError that says what to do. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataFolder = resolve(options.dataDir, 'postgres');
  try {
    await mkdir(dataFolder, { recursive: true });
    if (process.getuid?.() === 0) await chmod(dataFolder, 0o711); // PostgreSQL's user must be able to enter the folder
    await removeLeftovers(options.log);
    return await withLockFile(dataFolder, () => startInFolder(dataFolder, options));
  } catch (error) {
    if (error instanceof StartError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new StartError(
      `The embedded PostgreSQL can't use ${dataFolder}: ${error.message}. Check DATA_DIR and its owner.`,
    );
  }
}

async function startInFolder(
  dataFolder: string,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { log, throwaway = false, binaries, idleLimit = IDLE_LIMIT } = options;
  const { onLost = (error) => log.error({ err: error }, error.message) } = options;
  const { folder, account } = await locateServer(dataFolder, throwaway, log);
  const native = await runnableBinaries(binaries ?? packagedBinaries(), folder, account, log);
  const server: EmbeddedServer = {
    folder,
    native,
    account,
    readPassword: await readPassword(dataFolder, folder),
    throwaway,
  };
  await initialiseCluster(server);
  const running = await findRunning(server);
  const port = running ?? (await startServer(server, await lastPort(dataFolder)));
  await writeFile(join(dataFolder, 'port'), `${port}\n`, { mode: 0o600 });
  const use = await useServer({ server, port, dataFolder, log, onLost, idleLimit });
  await createDatabase(server, port).catch(async (error) => {
    await use.release();
    throw error;
  });
  log.info({ port, folder, attached: running !== null }, 'embedded PostgreSQL is ready');
  return {
    url: serverUrl(server, port),
    attached: running !== null,
    stop: () => withLockFile(dataFolder, use.release),
  };
}

/** A server that starts again where it was is found by the pools of processes that lost it. */
async function lastPort(dataFolder: string) {
  const port = Number(await readFile(join(dataFolder, 'port'), 'utf8').catch(() => ''));
  return port > 0 ? { port, only: false } : undefined;
}

/** Reads the superuser's password, which is generated once and stored beside the data. */
async function readPassword(dataFolder: string, folder: string): Promise<string> {
  const file = join(dataFolder, 'password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  if (existsSync(join(folder, 'data'))) {
    throw new StartError(
      `The password of the database in ${folder} is gone: put ${file} back, or move that folder away.`,
    );
  }
  const created = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, created, { mode: 0o600 });
  await rename(`${file}.new`, file); // so that the file is complete or absent
  return created;
}

async function createDatabase(server: EmbeddedServer, port: number): Promise<void> {
  const client = await openConnection(serverUrl(server, port, 'postgres'));
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
    if (rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}
