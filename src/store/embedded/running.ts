/** Finds a running embedded PostgreSQL, by its pid file and by connecting to it. */

import { execFile } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { StartError } from '../../errors.ts';
import { BoundedClient } from '../../postgres/client.ts';
import { CONNECTION_LIMITS } from '../../postgres/limits.ts';
import { MINUTE, SECOND } from '../../time/clock.ts';
import { isProcessAlive } from './processes.ts';
import { dataFolderOf, type EmbeddedServer, serverUrl, stopServer } from './server.ts';

/** A server that was killed may replay its log for a while before it answers. */
const RECOVERY_TIMEOUT = MINUTE;

/**
 * @returns the port of the server that runs in this folder, once it answers; null when no server runs.
 * @throws StartError when a server runs that neither answers nor stops.
 */
export async function findRunning(server: EmbeddedServer): Promise<number | null> {
  const deadline = performance.now() + RECOVERY_TIMEOUT;
  let found = await readPidFile(server);
  while (found && performance.now() < deadline) {
    if (found.port && (await isAnswering(server, found.port))) return found.port;
    await pause(100); // the server may be starting, recovering or stopping
    found = await readPidFile(server);
  }
  if (!found || (await stopServer(server))) return null;
  throw new StartError(
    `PostgreSQL (process ${found.pid}) runs in ${server.folder}, but neither answers nor stops. End that process first.`,
  );
}

/** Removes the pid file of a killed server whose process id is in use again: PostgreSQL would refuse to start. */
async function readPidFile(server: EmbeddedServer): Promise<{ pid: number; port: number } | null> {
  const found = await readServerProcess(server);
  if (!found || found.isServer) return found;
  await rm(pidFileOf(server), { force: true });
  return null;
}

const pidFileOf = (server: Pick<EmbeddedServer, 'folder'>) => join(dataFolderOf(server), 'postmaster.pid');

/**
 * The living process that the pid file names; null without one. Changes nothing.
 * @returns `port` is 0 while the server starts; `isServer` is false for another process, which has got the id since
 */
export async function readServerProcess(
  server: Pick<EmbeddedServer, 'folder'>,
): Promise<{ pid: number; port: number; isServer: boolean } | null> {
  const lines = (await readFile(pidFileOf(server), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!pid || !isProcessAlive(pid)) return null;
  return { pid, port: port || 0, isServer: (await commandOf(pid)).includes(dataFolderOf(server)) };
}

async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const shown = promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return shown.then(({ stdout }) => stdout).catch(() => '');
}

async function isAnswering(server: EmbeddedServer, port: number): Promise<boolean> {
  const url = serverUrl(server, port, 'postgres');
  const client = new BoundedClient(url, {
    name: 'slotwire',
    limits: { ...CONNECTION_LIMITS, connect: 2 * SECOND, statement: 2 * SECOND },
  });
  try {
    await client.connect();
    const { rows } = await client.query("select current_setting('data_directory') as folder");
    return (await realpath(rows[0].folder)) === (await realpath(dataFolderOf(server)));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '28P01') {
      throw new StartError(
        `The database that runs in ${server.folder} has another password than the one kept for it.`,
      );
    }
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
