/** An embedded PostgreSQL for an installation without DATABASE_URL: starts it, attaches to it, stops it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { packagedBinaries, runnableBinaries } from './binaries.ts';
import { locateServer } from './location.ts';
import { registerProcess, withLockFile } from './processes.ts';
import { findRunning } from './running.ts';
import {
  DATABASE_NAME,
  type EmbeddedServer,
  initialiseCluster,
  serverUrl,
  startServer,
  stopServer,
} from './server.ts';

export interface EmbeddedPostgresOptions {
  /** DATA_DIR: the database lives in its folder `postgres`. */
  dataDir: string;
  log: Log;
  /** For tests and the demo: writes are not flushed to disk, so that a power failure may lose the database. */
  throwaway?: boolean;
  /** A folder with bin, lib and share; by default that of the npm package. */
  binaries?: string;
}

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
  { log, throwaway = false, binaries }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
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
  const port = running ?? (await startServer(server));
  const registration = await registerProcess(dataFolder, running === null);
  const release = async () => {
    if (await registration.unregister()) await stopServer(server);
  };
  await createDatabase(server, port).catch(async (error) => {
    await release();
    throw error;
  });
  log.info({ port, folder, attached: running !== null }, 'embedded PostgreSQL is ready');
  return {
    url: serverUrl(server, port),
    attached: running !== null,
    stop: () => withLockFile(dataFolder, release),
  };
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
  const client = new pg.Client({ connectionString: serverUrl(server, port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
    if (rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}
