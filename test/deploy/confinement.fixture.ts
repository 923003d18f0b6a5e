/**
 * A process with the bounds of a container, where no engine runs: a user without rights, a root file system that is read-only,
 * one folder to write to. Root has mounts of its own for that; for another user the files lose their write bits.
 */
import { spawnSync } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Mounts must be ours to make: not so for root in some containers. */
const canMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', '--propagation', 'private', 'mount', '--bind', '/tmp', '/tmp']).status ===
    0;

/** $1 is the root file system, $2 the folder that is written to; the rest is the command. */
const CONTAINER = `set -e
root=$1 data=$2
shift 2
mount --rbind "$root" "$root"
mount --bind "$data" "$root/data"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec=1000:1000 "$root" "$@"`;

/** $1 is a folder below the machine's own root, $2 the user's id; the rest is the command. */
const READ_ONLY = `set -e
folder=$1 user=$2
shift 2
mount --bind "$folder" "$folder"
mount -o remount,bind,ro "$folder"
exec setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs "$@"`;

const unshare = (script: string, args: string[]) => [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'],
  ...args,
];

const isRoot = process.getuid?.() === 0;

/** The user of processes that work below the machine's own root: any system has it, and PostgreSQL asks for its name. */
const NOBODY = 65_534;

export interface Confinement {
  /** The command as it is to be spawned. @param command paths in it are those inside */
  command(command: string[]): string[];
  /** A path inside as the command has to name it. */
  path(inside: string): string;
  /** The folder that is written to, as the command has to name it. */
  data: string;
}

/** @param root a whole root file system @param data an empty folder, mounted at /data */
export async function confineToImage(root: string, data: string): Promise<Confinement> {
  await mkdir(data, { recursive: true });
  if (!canMount) {
    spawnSync('chmod', ['-R', 'a-w', join(root, 'app')]);
    if (isRoot) await chown(data, NOBODY, NOBODY);
    return {
      command: (command) => [...(isRoot ? asNobody : []), ...command],
      path: (inside) => join(root, inside),
      data,
    };
  }
  for (const folder of ['proc', 'dev']) await mkdir(join(root, folder), { recursive: true });
  await chown(data, 1000, 1000);
  return {
    command: (command) => unshare(CONTAINER, [root, data, ...command]),
    path: (inside) => inside,
    data: '/data',
  };
}

/** @param folder holds `app`, on the machine's own system */
export async function confineToFolder(folder: string, data: string): Promise<Confinement> {
  await mkdir(data, { recursive: true });
  if (isRoot) await chown(data, NOBODY, NOBODY);
  if (!canMount) spawnSync('chmod', ['-R', 'a-w', join(folder, 'app')]);
  return {
    command: (command) => {
      if (canMount) return unshare(READ_ONLY, [folder, String(NOBODY), ...command]);
      return [...(isRoot ? asNobody : []), ...command];
    },
    path: (inside) => join(folder, inside),
    data,
  };
}

const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
