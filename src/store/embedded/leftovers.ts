/** Databases elsewhere than in their DATA_DIR, which nothing finds any more once that folder is gone. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { isProcessAlive } from './processes.ts';

/** A folder that outlives a restart of the machine and that any user can enter. */
export const STATE_FOLDER = '/var/lib/slotwire';
/** The file in a database's folder that says to which DATA_DIR it belongs. */
const OWNER_FILE = 'owner.json';

interface Owner {
  /** The folder `postgres` of DATA_DIR. */
  dataFolder: string;
  throwaway: boolean;
}

export const recordOwner = (folder: string, owner: Owner): Promise<void> =>
  writeFile(join(folder, OWNER_FILE), JSON.stringify(owner));

/** A database elsewhere than in its DATA_DIR, which is gone. No server runs in it. */
export interface LeftoverDatabase extends Owner {
  folder: string;
}

/** Names such databases, and changes nothing. @param bases where embedded databases may lie */
export async function findLeftovers(
  bases: readonly string[] = [STATE_FOLDER, tmpdir()],
): Promise<LeftoverDatabase[]> {
  const found: LeftoverDatabase[] = [];
  for (const base of new Set(bases)) {
    const names = await readdir(base).catch(() => []);
    for (const name of names.filter((each) => each.startsWith('slotwire-'))) {
      const folder = join(base, name);
      const owner = await ownerOf(folder);
      if (owner && !existsSync(owner.dataFolder) && !(await isServed(folder)))
        found.push({ folder, ...owner });
    }
  }
  return found;
}

/**
 * Removes throwaway databases whose DATA_DIR is gone. Another database is named in the log and stays, for its DATA_DIR may be
 * on a disk that isn't mounted.
 */
export async function removeLeftovers(log: Log): Promise<void> {
  for (const { folder, dataFolder, throwaway } of await findLeftovers()) {
    if (throwaway) {
      await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
        log.warn({ err: error, folder }, 'a database whose DATA_DIR is gone could not be removed'),
      );
    } else {
      log.warn({ folder, dataFolder }, 'the DATA_DIR of this database is gone: remove it by hand');
    }
  }
}

async function ownerOf(folder: string): Promise<Owner | null> {
  try {
    const { dataFolder, throwaway }: Partial<Owner> = JSON.parse(
      await readFile(join(folder, OWNER_FILE), 'utf8'),
    );
    return typeof dataFolder === 'string' ? { dataFolder, throwaway: throwaway === true } : null;
  } catch {
    return null;
  }
}

/** The watch of a server that runs ends it, and removes the folder then. */
async function isServed(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return pid > 0 && isProcessAlive(pid);
}
