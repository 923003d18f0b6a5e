/** Of the processes that use an embedded PostgreSQL, one at a time starts or stops it. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The lock's owner touches its file every second. An older lock is stale, even if its process id is in use again. */
const STALE_AFTER = 10_000;
const HEARTBEAT_INTERVAL = 1_000;

/**
 * Runs `work` under a lock file, so that only one process at a time does.
 * Should two ever hold it, initdb's rename and PostgreSQL's own lock still protect the data.
 */
export async function withLockFile<T>(dataFolder: string, work: () => Promise<T>): Promise<T> {
  const file = join(dataFolder, 'lock');
  const lockOwner = `${process.pid} ${hostname()} ${randomUUID()}`;
  while (!(await createLock(file, lockOwner))) {
    if (await isStale(file)) await removeLock(file);
    else await pause(100);
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

async function isStale(file: string): Promise<boolean> {
  const [text, found] = await Promise.all([
    readFile(file, 'utf8').catch(() => null),
    stat(file).catch(() => null),
  ]);
  if (text === null || !found) return false;
  const [pid, host] = text.split(' ');
  if (host === hostname() && !isProcessAlive(Number(pid))) return true;
  return Date.now() - found.mtimeMs > STALE_AFTER;
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
