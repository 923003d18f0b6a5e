/** slotwire migrate: applies pending migrations and exits. Gateways do the same when they start. */
import { readConfig } from '../config.ts';
import { installJobQueue } from '../jobs/queue.ts';
import { createLog } from '../log.ts';
import { migrate } from '../store/migrate.ts';
import { openInstallation } from './installation.ts';

export async function migrateOnly(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  try {
    const applied = await migrate(installation.databaseUrl, { log });
    await installJobQueue(installation.databaseUrl);
    process.stdout.write(applied.length > 0 ? `Applied: ${applied.join(', ')}\n` : 'Nothing to apply.\n');
  } finally {
    await installation.close();
  }
}
