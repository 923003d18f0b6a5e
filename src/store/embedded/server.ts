/** One PostgreSQL server in one folder: initialises, starts and stops it by PostgreSQL's own programs. */
import { randomUUID } from 'node:crypto';
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StartError } from '../../errors.ts';
import { programPath } from './binaries.ts';
import { runAs, type SystemAccount } from './system-user.ts';

/** The name of the database and of its superuser. */
export const DATABASE_NAME = 'slotwire';

export interface EmbeddedServer {
  /** Private to the account. */
  folder: string;
  native: string;
  account: SystemAccount;
  readPassword: string;
  /** The data need not survive a power failure: no fsync. */
  throwaway: boolean;
}

export const dataFolderOf = (server: Pick<EmbeddedServer, 'folder'>) => join(server.folder, 'data');
const logFileOf = (server: EmbeddedServer) => join(server.folder, 'postgres.log');

export const serverUrl = (
  server: Pick<EmbeddedServer, 'readPassword'>,
  port: number,
  database = DATABASE_NAME,
): string => `postgresql://${DATABASE_NAME}:${server.readPassword}@127.0.0.1:${port}/${database}`;

/** Runs initdb in a temporary folder and renames the result, so that a data folder is complete or absent. */
export async function initialiseCluster(server: EmbeddedServer): Promise<void> {
  const version = await readFile(join(dataFolderOf(server), 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) return;
  for (const leftover of await readdir(server.folder)) {
    if (leftover.startsWith('new-'))
      await rm(join(server.folder, leftover), { recursive: true, force: true });
  }
  const fresh = join(server.folder, `new-${randomUUID()}`);
  const passwordFile = `${fresh}-password`;
  await writeFile(passwordFile, `${server.readPassword}\n`, { mode: 0o600, flag: 'wx' });
  if ('uid' in server.account) await chown(passwordFile, server.account.uid, server.account.gid);
  const outcome = await runAs(server.account, server.folder, programPath(server.native, 'initdb'), [
    `--pgdata=${fresh}`,
    `--username=${DATABASE_NAME}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(server.throwaway ? ['--no-sync'] : []),
  ]);
  await rm(passwordFile, { force: true });
  if (outcome.code !== 0)
    throw new StartError(`The embedded PostgreSQL can't make its data folder: ${outcome.output}`);
  await rename(fresh, dataFolderOf(server));
}

/**
 * Starts the server on a free port of the loopback interface, outside of this process group, so that an interrupt at the
 * terminal reaches only this process. Retries while backends of a killed server end, or when the port was just taken.
 * @param preferred the port to try first, or `only` that one
 * @returns the port
 */
export async function startServer(
  server: EmbeddedServer,
  preferred?: { port: number; only: boolean },
): Promise<number> {
  let output = '';
  for (let tries = 0; tries < 5; tries++) {
    const port = preferred && (preferred.only || tries === 0) ? preferred.port : await freePort();
    const settings = { ...SETTINGS, ...(server.throwaway ? THROWAWAY_SETTINGS : {}), port };
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    await rename(logFileOf(server), `${logFileOf(server)}.last`).catch(() => {});
    const args = [
      'start',
      '-w',
      '-t',
      '60',
      '-s',
      '-D',
      dataFolderOf(server),
      '-l',
      logFileOf(server),
      '-o',
      flags.join(' '),
    ];
    const outcome = await runAs(server.account, server.folder, programPath(server.native, 'pg_ctl'), args);
    if (outcome.code === 0) return port;
    const lines = (await readFile(logFileOf(server), 'utf8').catch(() => '')).trim().split('\n');
    output = [outcome.output, ...lines.slice(-12)].join('\n');
    await pause(500);
  }
  throw new StartError(`The embedded PostgreSQL in ${server.folder} does not start:\n${output}`);
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: "''",
  max_connections: 200,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Tests run many gateways at once on one server. */
const THROWAWAY_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: 400,
};

/** Ends all connections and stops the server, immediately when that takes over half a minute. @returns false when it still runs. */
export async function stopServer(server: EmbeddedServer): Promise<boolean> {
  for (const mode of ['fast', 'immediate']) {
    const args = ['stop', '-w', '-t', '30', '-s', '-m', mode, '-D', dataFolderOf(server)];
    const outcome = await runAs(server.account, server.folder, programPath(server.native, 'pg_ctl'), args);
    if (outcome.code === 0) return true;
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
