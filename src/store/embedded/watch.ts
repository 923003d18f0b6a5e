/**
 * The watch process of an embedded PostgreSQL: stops the server ten minutes after its last client has gone, for a process
 * that was killed stops nothing. Clients are the server's own sessions, so neither process ids nor clocks are compared.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { isProcessAlive, withLockFile } from './processes.ts';
import { dataFolderOf, type EmbeddedServer, stopServer } from './server.ts';
import { openSession, otherClients, WATCH_SESSION } from './sessions.ts';
import type { WatchTask } from './watch-process.ts';

/** Of two watches of one server, the second ends. */
const WATCH_LOCK = 72_707_371;
/** Looks within the time that a server may live without clients. */
const LOOKS = 20;

const task: WatchTask = JSON.parse(process.argv[2] ?? '');
const { port, dataFolder, idleLimit } = task;
const readPassword = (await readFile(join(dataFolder, 'password'), 'utf8')).trim();
const server: EmbeddedServer = { ...task.server, readPassword };
await watch();
process.exit(0);

/**
 * Ends when the server does, or when another watch is there; also when the server can't be reached for long, as when its
 * process id went to another program. Processes that use the server start a watch when there is none.
 */
async function watch(): Promise<void> {
  for (let failures = 0; failures < 2 * LOOKS; failures++) {
    const session = await openSession(server, port, WATCH_SESSION).catch(() => null);
    if (session) failures = 0;
    try {
      if (session && (!(await lock(session)) || (await stopWhenUnused(session)))) return;
    } catch {
      // The session was cut, as by a backend that crashed, or the server ended.
    } finally {
      await session?.end().catch(() => {});
    }
    if (!(await isServerAlive())) return;
    await pause(idleLimit / LOOKS);
  }
}

/** @returns true once the server is stopped. @throws when the session is cut */
async function stopWhenUnused(session: pg.Client): Promise<boolean> {
  for (let unusedLooks = 0; ; ) {
    const isOrphan = !existsSync(dataFolder);
    unusedLooks = (await otherClients(session)) === 0 ? unusedLooks + 1 : 0;
    // A database whose DATA_DIR is gone can't be found by any start.
    const isOver = unusedLooks > LOOKS || (isOrphan && unusedLooks > 0);
    if (isOver && (await stop(session, isOrphan))) return true;
    await pause(idleLimit / LOOKS);
  }
}

async function lock(session: pg.Client): Promise<boolean> {
  const { rows } = await session.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
    WATCH_LOCK,
  ]);
  return rows[0]?.held === true;
}

/** Stops the server, unless a start has attached to it meanwhile. @returns whether the server is stopped */
async function stop(session: pg.Client, isOrphan: boolean): Promise<boolean> {
  if (isOrphan) {
    await stopServer(server);
    // A throwaway's folder is elsewhere, or it went with DATA_DIR.
    if (server.throwaway) await rm(server.folder, { recursive: true, force: true });
    return true;
  }
  return withLockFile(dataFolder, async () => {
    if ((await otherClients(session)) > 0) return false;
    return stopServer(server);
  });
}

async function isServerAlive(): Promise<boolean> {
  const text = await readFile(join(dataFolderOf(server), 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return pid > 0 && isProcessAlive(pid);
}
