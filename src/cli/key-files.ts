/** The encryption keys as a backup takes them along, and as a restored installation gets them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { StartError } from '../errors.ts';

type KeyConfig = Pick<Config, 'DATA_DIR' | 'ENCRYPTION_KEYS'>;

const keyFile = (config: KeyConfig) => join(resolve(config.DATA_DIR), 'encryption-keys');

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Those of the environment, or else of DATA_DIR, as ENCRYPTION_KEYS has them; null: there are none. */
export async function readEncryptionKeys(config: KeyConfig): Promise<string | null> {
  if (config.ENCRYPTION_KEYS) return config.ENCRYPTION_KEYS.map((key) => key.toString('base64')).join(',');
  try {
    return (await readFile(keyFile(config), 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes a file that only its owner reads, and that was not there. @throws StartError when it is */
export async function writeKeyFile(file: string, keys: string): Promise<void> {
  await writeFile(file, `${keys}\n`, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new StartError(`${file} is there already: name another file.`);
    throw new StartError(`${file} can't be written (${error.code}).`);
  });
}

/**
 * Sees to it that the installation to be has the keys of the backup, before its database does.
 * @param keys as the backup or the file beside it has them; null: neither has
 * @throws StartError when they would be missing
 */
export async function installEncryptionKeys(config: KeyConfig, keys: string | null): Promise<void> {
  const present = await readEncryptionKeys(config);
  if (keys === null) {
    if (present !== null) return;
    throw new StartError(
      'The backup has no encryption keys: name their file with --keys, or set ENCRYPTION_KEYS as it was.',
    );
  }
  if (present === null) {
    await mkdir(resolve(config.DATA_DIR), { recursive: true });
    return writeKeyFile(keyFile(config), keys);
  }
  const has = new Set(present.split(',').map(asBytes));
  if (keys.split(',').every((key) => has.has(asBytes(key)))) return;
  const where = config.ENCRYPTION_KEYS ? 'ENCRYPTION_KEYS' : keyFile(config);
  throw new StartError(
    `${where} lacks a key of the backup: put it there, behind the first, or begin with an empty DATA_DIR.`,
  );
}

/** Base64 and base64url of a key are the same key. */
const asBytes = (key: string) => Buffer.from(key, 'base64').toString('hex');

/** @throws StartError that names the file */
export async function readKeyFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`${file} can't be read (${error.code}).`);
  });
  return text.trim();
}
