/** Of the processes that use an embedded PostgreSQL, one at a time starts or stops it. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StartError } from '../../errors.ts';
import { MINUTE } from '../../time/clock.ts';

/**
 * The lock's owner touches its file every second. A lock that isn't touched while another process waits this long is stale,
 * even if its process id is in use again. No clock is compared with the file's time, for clocks are set.
 */
const STALE_AFTER = 10_000;
/** Starts and stops take seconds, a recovery up to a minute: an owner that takes longer hangs. */
const WAIT_MAX = 10 * MINUTE;
const HEARTBEAT_INTERVAL = 1_000;

/**
 * Runs `work` under a lock file, so that only one process at a time does.
 * Should two ever hold it, initdb's rename and PostgreSQL's own lock still protect the data.
 * @throws StartError when another process holds the lock for ten minutes
 */
export async function withLockFile<T>(dataFolder: string, work: () => Promise<T>): Promise<T> {
  const file = join(dataFolder, 'lock');
  const lockOwner = `${process.pid} ${hostname()} ${randomUUID()}`;
  const isStale = staleness(file);
  const end = performance.now() + WAIT_MAX;
  while (!(await createLock(file, lockOwner))) {
    if (await isStale()) await removeLock(file);
    else if (performance.now() < end) await pause(100);
    else {
      const [pid] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
      throw new StartError(`Process ${pid} has held ${file} for ten minutes. End that process first.`);
    }
  }
  const heartbeat = setInterval(
    () => void utimes(file, new Date(), new Date()).catch(() => {}),
    HEARTBEAT_INTERVAL,
  );
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readFile(file, 'utf8').catch(() => '')) === lockOwner) await rm(file, { force: true });
  }
}

async function createLock(file: string, lockOwner: string): Promise<boolean> {
  try {
    await writeFile(file, lockOwner, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns a function that looks at the lock, and says whether its owner has gone as far as all looks show */
function staleness(file: string): () => Promise<boolean> {
  let seen = '';
  let seenAt = performance.now();
  return async () => {
    const [text, found] = await Promise.all([
      readFile(file, 'utf8').catch(() => null),
      stat(file).catch(() => null),
    ]);
    if (text === null || !found) return false;
    const [pid, host] = text.split(' ');
    if (host === hostname() && !isProcessAlive(Number(pid))) return true;
    const state = `${text} ${found.mtimeMs}`;
    if (state !== seen) {
      seen = state;
      seenAt = performance.now();
    }
    return performance.now() - seenAt > STALE_AFTER;
  };
}

/** Renames the lock file before removing it: of two processes that find it stale, only one succeeds. */
async function removeLock(file: string): Promise<void> {
  const renamed = `${file}.${randomUUID()}`;
  await rename(file, renamed).catch(() => {});
  await rm(renamed, { force: true });
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
