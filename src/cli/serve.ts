/** slotwire serve: runs the gateway. */
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { openInstallation } from './installation.ts';
import { handleProcessFaults } from './process-faults.ts';
import { listenForStop, untilStopped } from './until-stopped.ts';

export async function serve({ sync }: { sync: boolean }): Promise<void> {
  const config = readConfig();
  if (!sync && !config.REDIS_URL) {
    throw new StartError(
      'serve --no-sync needs REDIS_URL: without it the workers could not tell this process of changes.',
    );
  }
  const log = createLog(config.LOG_LEVEL);
  const metrics = createMetrics();
  handleProcessFaults({ log, metrics });
  const installation = await openInstallation(config, log);
  try {
    // Loading the gateway takes a moment, so faults of the environment are reported first.
    const { startGateway } = await import('../main.ts');
    const gateway = await startGateway({ config, log, metrics, installation, http: true, sync });
    const { adminTokenFile } = installation;
    // Standard output ends in logs, which more people read than may have the token. The file may be another command's, so each
    // start names it.
    if (adminTokenFile) process.stdout.write(`Admin token: in ${adminTokenFile}\n`);
    const signal = listenForStop();
    process.stdout.write(`Slotwire serves ${config.PUBLIC_URL} (listening on ${gateway.url})\n`);
    await untilStopped(async () => {
      await gateway.close();
      await installation.close();
    }, signal);
  } catch (error) {
    await installation.close();
    throw error;
  }
}
