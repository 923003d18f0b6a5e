/** slotwire key create: an API key, made beside a running gateway or without one. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { parseDuration } from '../duration.ts';
import { API_SCOPES, type ApiScope } from '../graphql/context.ts';
import { createLog } from '../log.ts';
import { insertApiKey } from '../store/api-keys.ts';
import { closeStore, createStore } from '../store/client.ts';
import { migrate } from '../store/migrate.ts';
import { defaultOrganisation } from '../store/organisations.ts';
import { openInstallation } from './installation.ts';

/** @returns milliseconds */
function lifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms) return ms;
  throw new InvalidArgumentError('Write ISO 8601 and more than nothing, for example P90D.');
}

const create = new Command('create')
  .description('make a key in the default organisation and print it; it is not shown again')
  .addArgument(new Argument('<name>', 'what it is for'))
  .addOption(
    new Option('-s, --scopes <scopes...>', 'what it may do')
      .choices(API_SCOPES)
      .default(['READ_AVAILABILITY']),
  )
  .addOption(
    new Option('-e, --expires <duration>', 'when it ends, from now; without, it does not').argParser(
      lifetime,
    ),
  )
  .action(async (name: string, { scopes, expires }: { scopes: ApiScope[]; expires?: number }) => {
    const config = readConfig();
    const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
    const installation = await openInstallation(config, log);
    await migrate(installation.databaseUrl, { log });
    const store = createStore(installation.databaseUrl, { max: 1 });
    try {
      const expiresAt = expires === undefined ? null : new Date(systemClock.now() + expires);
      const organisation = await defaultOrganisation(store);
      const { secret } = await insertApiKey(store, organisation, { name, scopes, expiresAt });
      process.stdout.write(`${secret}\n`);
    } finally {
      await closeStore(store);
      await installation.close();
    }
  });

export const key = new Command('key').description('API keys').addCommand(create);
