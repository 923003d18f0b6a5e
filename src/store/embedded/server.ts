/** One PostgreSQL server in one folder: made, started and stopped by its own programs. */
import { randomUUID } from 'node:crypto';
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StartError } from '../../errors.ts';
import { program } from './binaries.ts';
import { type Account, runAs } from './system-user.ts';

/** Superuser and database of the same name. */
export const NAME = 'slotwire';

export interface Server {
  /** Private to the account. */
  folder: string;
  native: string;
  account: Account;
  password: string;
  /** Nothing is to survive a power failure: no fsync. */
  throwaway: boolean;
}

export const dataOf = (server: Server) => join(server.folder, 'data');
const logOf = (server: Server) => join(server.folder, 'postgres.log');

export const urlOf = (server: Server, port: number, database = NAME): string =>
  `postgresql://${NAME}:${server.password}@127.0.0.1:${port}/${database}`;

/** Runs initdb aside and moves the result into place, so that a data folder is whole or absent. */
export async function initialise(server: Server): Promise<void> {
  const version = await readFile(join(dataOf(server), 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) return;
  for (const left of await readdir(server.folder)) {
    if (left.startsWith('new-')) await rm(join(server.folder, left), { recursive: true, force: true });
  }
  const fresh = join(server.folder, `new-${randomUUID()}`);
  const passwordFile = `${fresh}-password`;
  await writeFile(passwordFile, `${server.password}\n`, { mode: 0o600, flag: 'wx' });
  if ('uid' in server.account) await chown(passwordFile, server.account.uid, server.account.gid);
  const outcome = await runAs(server.account, server.folder, program(server.native, 'initdb'), [
    `--pgdata=${fresh}`,
    `--username=${NAME}`,
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
  await rename(fresh, dataOf(server));
}

/**
 * Starts it on a free port of the loopback interface, apart from our process group: an interrupt at the terminal is
 * ours to handle first. Tried again while backends of a killed server are about to end, or the port was just taken.
 */
export async function start(server: Server): Promise<number> {
  let output = '';
  for (let tries = 0; tries < 5; tries++) {
    const port = await freePort();
    const settings = { ...SETTINGS, ...(server.throwaway ? THROWAWAY : {}), port };
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    await rename(logOf(server), `${logOf(server)}.last`).catch(() => {});
    const args = [
      'start',
      '-w',
      '-t',
      '60',
      '-s',
      '-D',
      dataOf(server),
      '-l',
      logOf(server),
      '-o',
      flags.join(' '),
    ];
    const outcome = await runAs(server.account, server.folder, program(server.native, 'pg_ctl'), args);
    if (outcome.code === 0) return port;
    const lines = (await readFile(logOf(server), 'utf8').catch(() => '')).trim().split('\n');
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

/** Tests run many gateways at once on one. */
const THROWAWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 400 };

/** Ends its connections and stops it cleanly; at once when that takes more than half a minute. False: it still runs. */
export async function stop(server: Server): Promise<boolean> {
  for (const mode of ['fast', 'immediate']) {
    const args = ['stop', '-w', '-t', '30', '-s', '-m', mode, '-D', dataOf(server)];
    const outcome = await runAs(server.account, server.folder, program(server.native, 'pg_ctl'), args);
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
