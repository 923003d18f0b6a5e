/** slotwire worker: sync alone, any number of them beside `serve --no-sync`. */
import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { startGateway } from '../main.ts';
import { openInstallation } from './installation.ts';
import { untilStopped } from './until-stopped.ts';

export const worker = new Command('worker')
  .description(
    'pull calendars and keep watch channels, without serving anything (needs DATABASE_URL and REDIS_URL)',
  )
  .action(async () => {
    const config = readConfig();
    const missing = (['DATABASE_URL', 'REDIS_URL'] as const).filter((name) => !config[name]);
    if (missing.length > 0) {
      throw new StartError(
        `worker needs ${missing.join(' and ')}: set the same as for the gateways it works beside.`,
      );
    }
    const log = createLog(config.LOG_LEVEL);
    const installation = await openInstallation(config, log);
    const running = await startGateway({ config, log, installation, http: false, sync: true });
    process.stdout.write('Slotwire worker is running\n');
    await untilStopped(running.close);
  });
