/** slotwire key create: an API key, made beside a running gateway or without one. */
import { Argument, Command, Option } from 'commander';
import { readConfig } from '../config.ts';
import { API_SCOPES, type ApiScope } from '../graphql/context.ts';
import { createLog } from '../log.ts';
import { insertApiKey } from '../store/api-keys.ts';
import { closeStore, createStore } from '../store/client.ts';
import { migrate } from '../store/migrate.ts';
import { defaultOrganisation } from '../store/organisations.ts';
import { openInstallation } from './installation.ts';

const create = new Command('create')
  .description('make a key in the default organisation and print it; it is not shown again')
  .addArgument(new Argument('<name>', 'what it is for'))
  .addOption(
    new Option('-s, --scopes <scopes...>', 'what it may do')
      .choices(API_SCOPES)
      .default(['READ_AVAILABILITY']),
  )
  .action(async (name: string, { scopes }: { scopes: ApiScope[] }) => {
    const config = readConfig();
    const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
    const installation = await openInstallation(config, log);
    await migrate(installation.databaseUrl, { log });
    const store = createStore(installation.databaseUrl, { max: 1 });
    try {
      const { secret } = await insertApiKey(store, await defaultOrganisation(store), name, scopes);
      process.stdout.write(`${secret}\n`);
    } finally {
      await closeStore(store);
      await installation.close();
    }
  });

export const key = new Command('key').description('API keys').addCommand(create);
