/** slotwire worker: sync alone, any number of them beside `serve --no-sync`. */
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { openInstallation } from './installation.ts';
import { stopSignal, untilStopped } from './until-stopped.ts';

export async function worker(): Promise<void> {
  const config = readConfig();
  const missing = (['DATABASE_URL', 'REDIS_URL'] as const).filter((name) => !config[name]);
  if (missing.length > 0) {
    throw new StartError(
      `worker needs ${missing.join(' and ')}: set the same as for the gateways it works beside.`,
    );
  }
  const log = createLog(config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  // Takes its time to load: what is wrong is told before.
  const { startGateway } = await import('../main.ts');
  const running = await startGateway({ config, log, installation, http: false, sync: true });
  const signal = stopSignal();
  process.stdout.write('Slotwire worker is running\n');
  await untilStopped(running.close, signal);
}
