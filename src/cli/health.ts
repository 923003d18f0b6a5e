/** Whether a process can do its part, and METRICS_PORT, where probes ask for that. */
import type { Config } from '../config.ts';
import { type MetricsPortDeps, openMetricsServer } from '../http/metrics-port.ts';
import type { Health } from '../http/routes/health.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/client.ts';
import { createReadiness } from '../store/readiness.ts';
import { NO_WORKER_SEEN, type WorkerWatch } from '../sync/worker-presence.ts';
import { listenError } from './listen-error.ts';

export interface ProcessHealthDeps {
  store: Store;
  log: Log;
  config: Pick<Config, 'POLL_INTERVAL'>;
  /** Whether the process takes jobs now; true for one that takes none at all. */
  takesJobs(): boolean;
  workers: Pick<WorkerWatch, 'absence'>;
}

/**
 * The process needs a database that takes writes and its own job runners. A worker may be missing for as long as calendars are read
 * from time to time anyway (POLL_INTERVAL): a worker that is replaced takes no gateway out of service.
 */
export function createHealth(deps: ProcessHealthDeps): Health {
  const { takesJobs, workers, config } = deps;
  const readiness = createReadiness(deps);
  return {
    async check() {
      const missing = await readiness.check();
      if (missing !== null) return missing;
      if (!takesJobs()) return 'this process takes no jobs: its job runners are being started again';
      return workers.absence() > config.POLL_INTERVAL ? NO_WORKER_SEEN : null;
    },
    note: () => (workers.absence() > 0 ? NO_WORKER_SEEN : null),
  };
}

/** Opens METRICS_PORT, where there is one. @throws StartError when it can't be listened on */
export async function openMetricsPort(
  deps: MetricsPortDeps,
  onClose: (end: () => Promise<void>) => void,
): Promise<void> {
  const { HOST, METRICS_PORT } = deps.config;
  if (METRICS_PORT === undefined) return;
  const server = await openMetricsServer(deps).catch((error) => {
    throw listenError(error, HOST, METRICS_PORT, 'METRICS_PORT');
  });
  onClose(server.close);
}
