/** Where an installation's database and keys are, found without starting, making or changing anything. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ExaminedConfig } from '../../config.ts';
import { createKeyRing, type KeyRing } from '../../secrets.ts';
import { findEmbedded } from '../../store/embedded/attach.ts';
import { isWrong } from './configuration.ts';
import { type Finding, findingsOf } from './finding.ts';

/** @returns the database's URL, or the finding in its place */
export async function findDatabase({ config, faults }: ExaminedConfig): Promise<{ url: string } | Finding> {
  const { failed, skipped } = findingsOf('database');
  if (isWrong(faults, 'DATABASE_URL')) return skipped('DATABASE_URL is not right');
  if (config.DATABASE_URL) return { url: config.DATABASE_URL };
  const found = await findEmbedded(config.DATA_DIR);
  if ('url' in found) return found;
  return failed(
    `DATABASE_URL is not set, and the embedded PostgreSQL of DATA_DIR can't be asked: ${found.absent}. No gateway runs on it, and what it holds is not checked`,
    'Start the gateway (slotwire serve), which starts its database, and run this again; or set DATABASE_URL and DATA_DIR as the gateway has them.',
  );
}

/** @returns the keys of ENCRYPTION_KEYS, else those that the first start left in DATA_DIR; or why there are none: a clause */
export async function findKeyRing({ config, faults }: ExaminedConfig): Promise<KeyRing | string> {
  if (isWrong(faults, 'ENCRYPTION_KEYS')) return 'ENCRYPTION_KEYS is not right';
  if (config.ENCRYPTION_KEYS) return createKeyRing(config.ENCRYPTION_KEYS);
  const file = join(resolve(config.DATA_DIR), 'encryption-keys');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return `ENCRYPTION_KEYS is not set, and ${file} can't be read`;
  const keys = text
    .trim()
    .split(',')
    .map((key) => Buffer.from(key, 'base64'));
  return keys.every(({ length }) => length === 32)
    ? createKeyRing(keys)
    : `${file} holds no keys of 32 bytes`;
}
