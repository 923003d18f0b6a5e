/** slotwire key create: creates an API key, beside a running gateway or without one. */

import { readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { type ApiScope, insertApiKey } from '../store/access/api-keys.ts';
import { defaultOrganisation } from '../store/access/organisations.ts';
import { closeStore, createStore, readDatabaseTime } from '../store/client.ts';
import { openInstallation, prepareDatabase, withDatabase } from './installation.ts';

export async function createKey(
  name: string,
  { scopes, expires }: { scopes: ApiScope[]; expires?: number },
): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  try {
    await prepareDatabase(installation, config, log);
    const store = createStore(installation.databaseUrl, { max: 1 });
    try {
      const expiresAt = expires === undefined ? null : new Date((await readDatabaseTime(store)) + expires);
      const { secret } = await withDatabase(installation, log, async () =>
        insertApiKey(store, await defaultOrganisation(store), { name, scopes, expiresAt }),
      );
      process.stdout.write(`${secret}\n`);
    } finally {
      await closeStore(store);
    }
  } finally {
    await installation.close();
  }
}
