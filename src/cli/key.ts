/** slotwire key create: creates an API key of an organisation, beside a running gateway or without one. */

import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { type ApiScope, insertApiKey } from '../store/access/api-keys.ts';
import { defaultOrganisation, organisationExists } from '../store/access/organisations.ts';
import { audited } from '../store/audit/audited.ts';
import { closeStore, createStore, readDatabaseTime, type Store } from '../store/client.ts';
import { commandLine } from './actor.ts';
import { openInstallation, prepareDatabase, withDatabase } from './installation.ts';

export async function createKey(
  name: string,
  { scopes, expires, organisation }: { scopes: ApiScope[]; expires?: number; organisation?: string },
): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  try {
    await prepareDatabase(installation, config, log);
    const store = createStore(installation.databaseUrl, { max: 1 });
    try {
      const expiresAt = expires === undefined ? null : new Date((await readDatabaseTime(store)) + expires);
      const { secret } = await withDatabase(installation, log, async () => {
        const owner = await ownerOf(store, organisation);
        const change = {
          organisation: owner,
          action: 'key create',
          subject: null,
          creates: 'ApiKey' as const,
        };
        return audited(store, { ...commandLine(), ...change }, () =>
          store.$transaction((tx) => insertApiKey(tx, owner, { name, scopes, expiresAt })),
        );
      });
      process.stdout.write(`${secret}\n`);
    } finally {
      await closeStore(store);
    }
  } finally {
    await installation.close();
  }
}

/** @throws StartError when there is no such organisation */
async function ownerOf(store: Store, organisation: string | undefined): Promise<string> {
  if (organisation === undefined) return defaultOrganisation(store);
  if (await organisationExists(store, organisation)) return organisation;
  throw new StartError(
    `There is no organisation ${organisation}: the query organisations of the API lists all of them.`,
  );
}
