/** A command's installation: the database, embedded when no other is configured, and the secrets that belong to it. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { StartError } from '../errors.ts';
import { installJobQueue } from '../jobs/queue.ts';
import type { Log } from '../log.ts';
import { createKeyRing, type KeyRing, randomSecret } from '../secrets.ts';
import { retryWhilePassing, waitForDatabase } from '../store/await-database.ts';
import { startEmbeddedPostgres } from '../store/embedded/postgres.ts';
import { migrate } from '../store/migrate.ts';
import { adminTokenFault } from '../variable-forms.ts';

export interface Installation {
  databaseUrl: string;
  keyRing: KeyRing;
  adminToken: string;
  /** The file that the token is in; null: the environment has it. */
  adminTokenFile: string | null;
  /** Stops the database, if this command started it. */
  close(): Promise<void>;
}

/** @param options.throwaway the database's loss does not matter, so it skips flushing writes to disk. */
export async function openInstallation(
  config: Config,
  log: Log,
  options: { throwaway?: boolean } = {},
): Promise<Installation> {
  if (config.DATABASE_URL && config.ADMIN_TOKEN && config.ENCRYPTION_KEYS) {
    await waitForDatabase({ url: config.DATABASE_URL, log, wait: config.DATABASE_WAIT });
    return {
      databaseUrl: config.DATABASE_URL,
      keyRing: createKeyRing(config.ENCRYPTION_KEYS),
      adminToken: config.ADMIN_TOKEN,
      adminTokenFile: null,
      close: async () => {},
    };
  }
  const dataDir = resolve(config.DATA_DIR);
  await mkdir(dataDir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      `Can't make DATA_DIR ${dataDir} (${error.code}). Set DATA_DIR to a folder of yours.`,
    );
  });
  const tokenFile = join(dataDir, 'admin-token');
  const token = await readOrCreateSecret(tokenFile, randomSecret);
  const adminToken = config.ADMIN_TOKEN ?? token;
  const fault = adminTokenFault(adminToken);
  if (fault !== null) throw new StartError(`The token in ${tokenFile} ${fault}. Or remove the file.`);
  const keys = await readOrCreateSecret(join(dataDir, 'encryption-keys'), () =>
    randomBytes(32).toString('base64'),
  );
  const embedded = await startEmbeddedPostgres({
    dataDir,
    log,
    throwaway: options.throwaway ?? false,
    onLost: endProcess,
  });
  return {
    databaseUrl: embedded.url,
    keyRing: createKeyRing(
      config.ENCRYPTION_KEYS ?? keys.split(',').map((key) => Buffer.from(key, 'base64')),
    ),
    adminToken,
    adminTokenFile: config.ADMIN_TOKEN ? null : tokenFile,
    close: embedded.stop,
  };
}

/**
 * Brings the database up to date for a command that runs without a gateway.
 * @returns names of the migrations applied now.
 * @throws StartError
 */
export const prepareDatabase = ({ databaseUrl: url }: Installation, config: Config, log: Log) =>
  retryWhilePassing({ url, log, wait: config.DATABASE_WAIT }, async () => {
    const applied = await migrate(url, { log });
    await installJobQueue(url);
    return applied;
  });

/** Runs a command's own work once. @throws StartError, in one sentence, when the database goes away or is too slow. */
export const withDatabase = <T>({ databaseUrl: url }: Installation, log: Log, work: () => Promise<T>) =>
  retryWhilePassing({ url, log, wait: 0 }, work);

/** A gateway without its database serves nobody: a supervisor, or the operator, is to start it again. */
function endProcess({ message }: StartError): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Reads a secret from its file, or generates it and writes the file, readable by its owner only. */
async function readOrCreateSecret(file: string, make: () => string): Promise<string> {
  try {
    const text = make();
    await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(file, 'utf8')).trim();
  }
}
