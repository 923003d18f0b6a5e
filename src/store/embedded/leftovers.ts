/** Throwaway databases elsewhere than in their DATA_DIR, which nothing finds any more once that folder is gone. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { isProcessAlive } from './processes.ts';

/** The file in a database's folder that says to which DATA_DIR it belongs. */
const OWNER_FILE = 'owner.json';

interface Owner {
  /** The folder `postgres` of DATA_DIR. */
  dataFolder: string;
  throwaway: boolean;
}

export const recordOwner = (folder: string, owner: Owner): Promise<void> =>
  writeFile(join(folder, OWNER_FILE), JSON.stringify(owner));

/**
 * Removes folders under the system's temporary folder whose DATA_DIR is gone. A database that is no throwaway is named in
 * the log and stays, for its DATA_DIR may be on a disk that isn't mounted.
 */
export async function removeLeftovers(log: Log): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((found) => found.startsWith('slotwire-'))) {
    const folder = join(tmpdir(), name);
    const owner = await ownerOf(folder);
    if (!owner || existsSync(owner.dataFolder) || (await isServed(folder))) continue;
    if (owner.throwaway) {
      await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
        log.warn({ err: error, folder }, 'a database whose DATA_DIR is gone could not be removed'),
      );
    } else {
      log.warn(
        { folder, dataFolder: owner.dataFolder },
        'the DATA_DIR of this database is gone: remove it by hand',
      );
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
