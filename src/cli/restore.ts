/** slotwire restore: copies a backup into an empty database, embedded or not, and brings that up to date. */
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { checkBackup, loadBackup } from '../store/backup/load.ts';
import { openInstallation, prepareDatabase } from './installation.ts';
import { installEncryptionKeys, readKeyFile } from './key-files.ts';

export async function restore(file: string, options: { keys?: string }): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
  // Before anything is made or changed.
  const header = await checkBackup(file);
  const keys = options.keys ? await readKeyFile(options.keys) : (header.keys ?? null);
  await installEncryptionKeys(config, keys);
  const installation = await openInstallation(config, log);
  try {
    let total = 0;
    await loadBackup(installation.databaseUrl, file, {
      header,
      onTable(table, rows) {
        total += rows;
        process.stderr.write(`  ${table}: ${rows} rows\n`);
      },
    });
    await prepareDatabase(installation, config, log);
    process.stdout.write(
      `Restored ${total} rows of ${header.takenAt}. Start the gateway, then run slotwire doctor.\n`,
    );
  } finally {
    await installation.close();
  }
}
