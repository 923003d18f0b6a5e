/** slotwire worker: runs sync alone, in any number of processes beside `serve --no-sync`. */
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { openInstallation } from './installation.ts';
import { handleProcessFaults } from './process-faults.ts';
import { listenForStop, untilStopped } from './until-stopped.ts';

export async function worker(): Promise<void> {
  const config = readConfig();
  const missing = (['DATABASE_URL', 'REDIS_URL'] as const).filter((name) => !config[name]);
  if (missing.length > 0) {
    throw new StartError(
      `worker needs ${missing.join(' and ')}: set the same as for the gateways it works beside.`,
    );
  }
  const log = createLog(config.LOG_LEVEL);
  const metrics = createMetrics();
  handleProcessFaults({ log, metrics });
  const installation = await openInstallation(config, log);
  // Loading the gateway takes a moment, so faults of the environment are reported first.
  const { startGateway } = await import('../main.ts');
  const running = await startGateway({ config, log, metrics, installation, http: false, sync: true });
  const signal = listenForStop();
  process.stdout.write('Slotwire worker is running\n');
  await untilStopped(running.close, signal);
}
