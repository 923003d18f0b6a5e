/** slotwire backup: copies the database, embedded or not, into one file, and the encryption keys where they are asked for. */
import { existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Config, readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import { dumpDatabase } from '../store/backup/dump.ts';
import { encodeBackup } from '../store/backup/file.ts';
import { openInstallation } from './installation.ts';
import { readEncryptionKeys, writeKeyFile } from './key-files.ts';
import { installedVersion } from './version.ts';

export async function backup(file: string, options: { withKeys?: boolean; keys?: string }): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
  for (const path of [file, ...(options.keys ? [options.keys] : [])])
    if (existsSync(path)) throw new StartError(`${path} is there already: name another file.`);
  const installation = await openDatabase(config, log);
  try {
    const keys = await readEncryptionKeys(config);
    const withKeys = options.withKeys && keys !== null ? { keys } : {};
    const rows = await writeBackup(installation.databaseUrl, file, withKeys);
    if (keys !== null && options.keys) await writeKeyFile(options.keys, keys);
    const { size } = await stat(file);
    process.stdout.write(`Backed up ${rows} rows to ${file} (${(size / 1e6).toFixed(1)} MB).\n`);
    if (options.keys) process.stdout.write(`The encryption keys are in ${options.keys}.\n`);
    else if (!options.withKeys)
      process.stdout.write('The encryption keys are not in it: store a copy of them, apart.\n');
  } finally {
    await installation.close();
  }
}

/** The database that is there: an embedded one is not made by a backup of it. */
function openDatabase(config: Config, log: Log) {
  const folder = resolve(config.DATA_DIR, 'postgres');
  if (!config.DATABASE_URL && !existsSync(folder)) {
    throw new StartError(
      `There is no database in ${folder}: set DATA_DIR or DATABASE_URL as for the gateway.`,
    );
  }
  return openInstallation(config, log);
}

/** The file has its name only once it is whole. @returns how many rows are in it */
async function writeBackup(url: string, file: string, withKeys: { keys?: string }): Promise<number> {
  const partial = `${file}.partial`;
  let total = 0;
  const parts = dumpDatabase(url, {
    header: { product: installedVersion(), ...withKeys },
    onTable(table, rows) {
      total += rows;
      process.stderr.write(`  ${table}: ${rows} rows\n`);
    },
  });
  const handle = await open(partial, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`${partial} can't be written (${error.code}). Name a file in a folder of yours.`);
  });
  try {
    await handle.chmod(0o600);
    await pipeline(encodeBackup(parts), createGzip(), handle.createWriteStream({ flush: true }));
    await rename(partial, file);
    return total;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await handle.close().catch(() => {});
  }
}
