/**
 * One process's use of an embedded PostgreSQL: a session that shows the use to others, and that tells when the server
 * ends. Then the server is started again, on its old port, so that pools find it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { type Backoff, backoffDelay } from '../../async/backoff.ts';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { MINUTE, SECOND } from '../../time/clock.ts';
import { withLockFile } from './processes.ts';
import { findRunning } from './running.ts';
import { type EmbeddedServer, startServer, stopServer } from './server.ts';
import { isWatched, openSession, otherUsers, USER_SESSION } from './sessions.ts';
import { startWatch } from './watch-process.ts';

const BACKOFF: Backoff = { first: 500, max: 20 * SECOND, jitter: 0.2 };
/** A server that did not start again in so many tries won't: a disk is full, its data is damaged, the port is taken. */
const REVIVALS_MAX = 5;
/** How often a process looks whether the watch process lives. */
const WATCH_CHECK = MINUTE;

export interface UseOptions {
  server: EmbeddedServer;
  port: number;
  /** The folder `postgres` of DATA_DIR. */
  dataFolder: string;
  log: Log;
  /** Called once, when the server ended and could not be started again. */
  onLost: (error: StartError) => void;
  /** How long the server may live without clients, milliseconds. */
  idleLimit: number;
}

export interface ServerUse {
  /** Ends the use under the lock of the folder. The server is stopped unless another process uses it. */
  release(): Promise<void>;
}

/** Call it under the lock of the folder. @throws when the server can't be reached. */
export async function useServer(options: UseOptions): Promise<ServerUse> {
  const { server, port, dataFolder, log, onLost, idleLimit } = options;
  let session = await openSession(server, port, USER_SESSION);
  let released = false;

  /** Without a watch the server would outlive processes that are killed. */
  async function keepWatched(): Promise<void> {
    if (!released && !(await isWatched(session))) startWatch({ server, port, dataFolder, idleLimit });
  }

  function listen(to: pg.Client) {
    to.once('end', () => {
      if (!released) void revive();
    });
  }

  /** Never rejects. */
  async function revive(): Promise<void> {
    const endedAt = performance.now();
    log.error({ port, folder: server.folder }, 'the embedded PostgreSQL has ended: starting it again');
    for (let attempt = 0; !released; attempt++) {
      try {
        await withLockFile(dataFolder, restart);
        const seconds = Math.round((performance.now() - endedAt) / 100) / 10;
        return log.warn({ port, seconds }, 'the embedded PostgreSQL runs again');
      } catch (error) {
        log.error({ err: error, attempt }, 'the embedded PostgreSQL could not be started again');
        const reason = error instanceof Error ? error.message : String(error);
        if (attempt + 1 >= REVIVALS_MAX) {
          return onLost(
            new StartError(`The embedded PostgreSQL ended and can't be started again: ${reason}`),
          );
        }
        await pause(backoffDelay(BACKOFF, attempt));
      }
    }
  }

  async function restart(): Promise<void> {
    if (released) return;
    const running = (await findRunning(server)) ?? (await startServer(server, { port, only: true }));
    if (running !== port)
      throw new Error(`it runs on port ${running} now, and this process needs port ${port}`);
    session = await openSession(server, port, USER_SESSION);
    listen(session);
    await keepWatched().catch(() => {});
  }

  listen(session);
  await keepWatched().catch(() => {});
  const timer = setInterval(() => void keepWatched().catch(() => {}), WATCH_CHECK);
  timer.unref();
  return {
    async release() {
      if (released) return;
      released = true;
      clearInterval(timer);
      // A server that can't be asked is left to the watch, which asks again.
      const others = await otherUsers(session).catch(() => null);
      await session.end().catch(() => {});
      if (others === 0) await stopServer(server);
    },
  };
}
