/** Where an embedded PostgreSQL keeps its files: under the data folder, or elsewhere when its user can't go there. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type Account, canUse, serverAccount } from './system-user.ts';

/** Outlives a restart of the machine, and any user can go there. */
const STATE_FOLDER = '/var/lib/slotwire';

export interface Place {
  /** Private to the account: data, log, and programs when they had to be copied. */
  folder: string;
  account: Account;
}

/**
 * @param home the folder `postgres` of the data folder; it notes in `location` where else the files are.
 * @throws StartError when files made earlier are gone or out of reach: an empty database in their stead would pass
 *   for a loss of all data.
 */
export async function serverPlace(home: string, throwaway: boolean, log: Log): Promise<Place> {
  const note = join(home, 'location');
  const noted = (await readFile(note, 'utf8').catch(() => '')).trim();
  if (noted && (existsSync(noted) || !throwaway)) return placeNoted(noted, note);
  const own = join(home, 'server');
  if (existsSync(join(own, 'data'))) return placeMade(own);
  const account = await serverAccount();
  if (await makePrivate(own, account)) return { folder: own, account };
  await rmdir(own);
  const folder = await makeElsewhere(home, account, throwaway);
  await writeFile(note, `${folder}\n`, { mode: 0o600 });
  log.warn({ folder, dataFolder: home }, "PostgreSQL's user can't enter DATA_DIR: its files are elsewhere");
  return { folder, account };
}

async function placeNoted(folder: string, note: string): Promise<Place> {
  if (existsSync(folder)) return placeMade(folder);
  throw new StartError(
    `The database is kept in ${folder}, as ${note} says, but that folder is gone. ` +
      'Put it back, or remove that note to begin with an empty database.',
  );
}

/** Made by an earlier start, perhaps under another user: root lends itself to its owner. */
async function placeMade(folder: string): Promise<Place> {
  const { uid, gid } = await stat(folder);
  const account = process.getuid?.() === 0 ? { uid, gid } : {};
  if (await canUse(account, folder)) return { folder, account };
  throw new StartError(
    `The database in ${folder} belongs to the user with id ${uid}, who can't get there: open the folders above it ` +
      '(chmod o+x), or set DATABASE_URL.',
  );
}

async function makePrivate(folder: string, account: Account): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if ('uid' in account) await chown(folder, account.uid, account.gid);
  return canUse(account, folder);
}

async function makeElsewhere(home: string, account: Account, throwaway: boolean): Promise<string> {
  const name = `slotwire-${createHash('sha256').update(home).digest('hex').slice(0, 12)}-`;
  for (const base of throwaway ? [tmpdir()] : [STATE_FOLDER, tmpdir()]) {
    try {
      await mkdir(base, { recursive: true, mode: 0o755 });
      const folder = await mkdtemp(join(base, name));
      if (await makePrivate(folder, account)) return folder;
      await rmdir(folder);
    } catch {
      // not writable: the next one
    }
  }
  throw new StartError(
    `PostgreSQL runs as the user postgres, which can enter neither ${home} nor ${STATE_FOLDER} nor ${tmpdir()}. ` +
      'Set DATA_DIR to a folder that every user can enter, or set DATABASE_URL.',
  );
}
