/** Who uses an embedded PostgreSQL: starts and stops go one at a time, and the last one to leave stops it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A holder shows every second that it lives; one silent for this long is dead, whoever has its process id now. */
const SILENT = 10_000;
const BEAT = 1_000;

/**
 * Runs `work` while no other process does, by a lock file created exclusively.
 * Should two ever get in, initdb's rename and PostgreSQL's own lock still keep the data whole.
 */
export async function exclusively<T>(home: string, work: () => Promise<T>): Promise<T> {
  const file = join(home, 'lock');
  const mark = `${process.pid} ${hostname()} ${randomUUID()}`;
  while (!(await create(file, mark))) {
    if (await isStale(file)) await takeAway(file);
    else await pause(100);
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), BEAT);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await readFile(file, 'utf8').catch(() => '')) === mark) await rm(file, { force: true });
  }
}

async function create(file: string, mark: string): Promise<boolean> {
  try {
    await writeFile(file, mark, { flag: 'wx', mode: 0o600 });
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
  if (host === hostname() && !isAlive(Number(pid))) return true;
  return Date.now() - found.mtimeMs > SILENT;
}

/** By a new name first: of two that find it stale, one gets it. */
async function takeAway(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => {});
  await rm(aside, { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Notes that this process uses the server, until `leave`: true when nobody else alive does.
 * @param alone the server was just started: whoever is noted was killed, even if their process id is in use again.
 */
export async function enter(home: string, alone: boolean): Promise<{ leave(): Promise<boolean> }> {
  const folder = join(home, 'users');
  const name = `${process.pid}-${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  const forget = (names: string[]) =>
    Promise.all(names.map((gone) => rm(join(folder, gone), { force: true })));
  if (alone) await forget(await readdir(folder));
  await writeFile(join(folder, name), '');
  return {
    async leave() {
      await forget([name]);
      const others = await readdir(folder);
      const dead = others.filter((other) => !isAlive(Number(other.split('-')[0])));
      await forget(dead);
      return others.length === dead.length;
    },
  };
}
