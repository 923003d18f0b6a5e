/** slotwire migrate: applies pending migrations and exits. Gateways do the same when they start. */
import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { openInstallation, prepareDatabase } from './installation.ts';

export async function migrateOnly(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  try {
    const applied = await prepareDatabase(installation, config, log);
    process.stdout.write(applied.length > 0 ? `Applied: ${applied.join(', ')}\n` : 'Nothing to apply.\n');
  } finally {
    await installation.close();
  }
}
