/** What a command runs on: the database, embedded when there is no other, and the secrets that belong to it. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createKeyRing, type KeyRing, randomSecret } from '../secrets.ts';
import { checkDatabase } from '../store/connection.ts';
import { startEmbedded } from '../store/embedded/postgres.ts';

export interface Installation {
  databaseUrl: string;
  keyRing: KeyRing;
  adminToken: string;
  /** Set when the token was made now: the operator has not seen it yet. */
  adminTokenIsNew: boolean;
  /** Stops what this command started. */
  close(): Promise<void>;
}

/** `throwaway`: a database whose loss matters to nobody may skip what makes it safe. */
export async function openInstallation(
  config: Config,
  log: Log,
  options: { throwaway?: boolean } = {},
): Promise<Installation> {
  if (config.DATABASE_URL && config.ADMIN_TOKEN && config.ENCRYPTION_KEYS) {
    await checkDatabase(config.DATABASE_URL);
    return {
      databaseUrl: config.DATABASE_URL,
      keyRing: createKeyRing(config.ENCRYPTION_KEYS),
      adminToken: config.ADMIN_TOKEN,
      adminTokenIsNew: false,
      close: async () => {},
    };
  }
  const dataDir = resolve(config.DATA_DIR);
  await mkdir(dataDir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      `Can't make DATA_DIR ${dataDir} (${error.code}). Set DATA_DIR to a folder of yours.`,
    );
  });
  const token = await kept(join(dataDir, 'admin-token'), randomSecret);
  const keys = await kept(join(dataDir, 'encryption-keys'), () => randomBytes(32).toString('base64'));
  const embedded = await startEmbedded({ dataDir, log, throwaway: options.throwaway ?? false });
  return {
    databaseUrl: embedded.url,
    keyRing: createKeyRing(
      config.ENCRYPTION_KEYS ?? keys.text.split(',').map((key) => Buffer.from(key, 'base64')),
    ),
    adminToken: config.ADMIN_TOKEN ?? token.text,
    adminTokenIsNew: token.isNew && !config.ADMIN_TOKEN,
    close: embedded.stop,
  };
}

/** Reads a secret that was made once, or makes it; readable by its owner only. */
async function kept(file: string, make: () => string): Promise<{ text: string; isNew: boolean }> {
  try {
    const text = make();
    await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
    return { text, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { text: (await readFile(file, 'utf8')).trim(), isNew: false };
  }
}
