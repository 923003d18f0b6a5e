/** The folder of an embedded PostgreSQL: under the data folder, or elsewhere when its user can't enter that. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { recordOwner, STATE_FOLDER } from './leftovers.ts';
import { canWriteTo, type SystemAccount, serverAccount } from './system-user.ts';

/** Said at each start, for a copy of DATA_DIR alone is no backup then. */
const STORED_ELSEWHERE =
  "DATA_DIR can't be entered by PostgreSQL's user: the database is stored in another folder";

export interface ServerLocation {
  /** Private to the account: data, log, and programs when they had to be copied. */
  folder: string;
  account: SystemAccount;
}

/**
 * @param dataFolder the folder `postgres` of DATA_DIR; its file `location` names the folder when it lies elsewhere.
 * @throws StartError when an existing folder is gone or can't be entered: an empty database in its place would look like
 *   a loss of all data.
 */
export async function locateServer(
  dataFolder: string,
  throwaway: boolean,
  log: Log,
): Promise<ServerLocation> {
  const locationFile = join(dataFolder, 'location');
  const recorded = (await readFile(locationFile, 'utf8').catch(() => '')).trim();
  if (recorded && (existsSync(recorded) || !throwaway)) {
    const location = await recordedLocation(recorded, locationFile);
    log.warn({ folder: recorded, dataFolder }, STORED_ELSEWHERE);
    return location;
  }
  const ownFolder = join(dataFolder, 'server');
  if (existsSync(join(ownFolder, 'data'))) return existingLocation(ownFolder);
  const account = await serverAccount();
  if (await createPrivateFolder(ownFolder, account)) return { folder: ownFolder, account };
  await rmdir(ownFolder);
  const folder = await createFallbackFolder(dataFolder, account, throwaway);
  await writeFile(locationFile, `${folder}\n`, { mode: 0o600 });
  await recordOwner(folder, { dataFolder, throwaway });
  log.warn({ folder, dataFolder }, STORED_ELSEWHERE);
  return { folder, account };
}

async function recordedLocation(folder: string, locationFile: string): Promise<ServerLocation> {
  if (existsSync(folder)) return existingLocation(folder);
  throw new StartError(
    `The database is kept in ${folder}, as ${locationFile} says, but that folder is gone. ` +
      'Put it back, or remove that note to begin with an empty database.',
  );
}

/** A folder from an earlier start, perhaps of another user: root runs the server as the folder's owner. */
async function existingLocation(folder: string): Promise<ServerLocation> {
  const { uid, gid } = await stat(folder);
  const account = process.getuid?.() === 0 ? { uid, gid } : {};
  if (await canWriteTo(account, folder)) return { folder, account };
  throw new StartError(
    `The database in ${folder} belongs to the user with id ${uid}, who can't get there: open the folders above it ` +
      '(chmod o+x), or set DATABASE_URL.',
  );
}

async function createPrivateFolder(folder: string, account: SystemAccount): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if ('uid' in account) await chown(folder, account.uid, account.gid);
  return canWriteTo(account, folder);
}

async function createFallbackFolder(
  dataFolder: string,
  account: SystemAccount,
  throwaway: boolean,
): Promise<string> {
  const name = `slotwire-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}-`;
  for (const base of throwaway ? [tmpdir()] : [STATE_FOLDER, tmpdir()]) {
    try {
      await mkdir(base, { recursive: true, mode: 0o755 });
      const folder = await mkdtemp(join(base, name));
      if (await createPrivateFolder(folder, account)) return folder;
      await rmdir(folder);
    } catch {
      // The folder is not writable: the next one is tried.
    }
  }
  throw new StartError(
    `PostgreSQL runs as the user postgres, which can enter neither ${dataFolder} nor ${STATE_FOLDER} nor ${tmpdir()}. ` +
      'Set DATA_DIR to a folder that every user can enter, or set DATABASE_URL.',
  );
}
