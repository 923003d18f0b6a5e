/** The composition root: with core.ts the only file that names implementations. Starts a gateway and stops it in order. */
import { createHealth, openMetricsPort } from './cli/health.ts';
import { listenError } from './cli/listen-error.ts';
import { installedVersion } from './cli/version.ts';
import { type Core, type End, type GatewayOptions, startCore } from './core.ts';
import { createApi } from './graphql/api.ts';
import type { Health } from './http/routes/health.ts';
import { serveHttp } from './http/server.ts';
import { startWorker } from './jobs/worker.ts';
import { createLive } from './live/live.ts';
import { retryWhilePassing } from './store/await-database.ts';
import { lateAfter } from './store/calendars/conditions.ts';
import { createFleetMetrics } from './sync/fleet-metrics.ts';
import { announceWorker, type WorkerWatch, watchWorkers } from './sync/worker-presence.ts';

/** Calendars pulled at once by one process. */
const PULLS_AT_ONCE = 8;
/** Webhook messages sent at once by one process, one to an endpoint. They run apart from pulls, for receivers may be slow. */
const DELIVERIES_AT_ONCE = 8;
/** Mails sent at once by one process: mail servers limit the connections of one client. They run apart, for the server may be slow. */
const MAILS_AT_ONCE = 4;

export interface Gateway {
  /** The address that the gateway listens on; empty without HTTP. */
  url: string;
  close(): Promise<void>;
}

/**
 * A start that meets a database that goes away or is overloaded begins again, for as long as DATABASE_WAIT says.
 * @throws StartError when the gateway can't start for a reason that an operator can fix.
 */
export function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, installation } = options;
  return retryWhilePassing({ url: installation.databaseUrl, log, wait: config.DATABASE_WAIT }, () =>
    tryToStart(options),
  );
}

async function tryToStart(options: GatewayOptions): Promise<Gateway> {
  const opened: End[] = [];
  const onClose = (end: End) => void opened.push(end);
  const close = async () => {
    for (const end of opened.splice(0).reverse()) {
      // A part that fails to close keeps no other from it.
      await Promise.resolve()
        .then(end)
        .catch((err: unknown) => options.log.error({ err }, 'part of the gateway was not closed in order'));
    }
  };
  try {
    const core = await startCore(options, onClose);
    const role = [options.http ? 'gateway' : '', options.sync ? 'worker' : ''].filter(Boolean).join(' and ');
    core.metrics.buildInfo.set({ version: installedVersion(), role }, 1);
    const takesJobs = options.sync ? await startSync(core, onClose) : () => true;
    const workers = watchWorkers(core);
    onClose(workers.stop);
    const health = createHealth({ ...core, takesJobs, workers });
    await openMetricsPort({ ...core, health }, onClose);
    return { url: options.http ? await serve({ ...core, workers, health }, onClose) : '', close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts the workers and the sweep. @returns whether the process takes jobs now */
async function startSync(core: Core, onClose: (end: End) => void): Promise<() => boolean> {
  const {
    sync,
    booking,
    webhooks,
    feeds,
    mail,
    connect,
    reseal,
    pruneAudit,
    databaseUrl: url,
    store,
    config,
    log,
    metrics,
  } = core;
  const onRestart = () => metrics.workerRestarts.inc();
  const handlers = {
    ...sync.handlers,
    write: ({ write }: { write: string }) => booking.write(write),
    erase: ({ organisation }: { organisation: string }, signal: AbortSignal) =>
      booking.organisations.erase(organisation, signal),
  };
  const puller = await startWorker({ url, handlers, concurrency: PULLS_AT_ONCE, log, onRestart });
  onClose(puller.stop);
  const { deliver } = webhooks;
  const sender = await startWorker({
    ...{ url, handlers: { deliver }, log, onRestart },
    concurrency: DELIVERIES_AT_ONCE,
  });
  const workers = [puller, sender];
  if (mail.mail) {
    const handlers = { mail: mail.mail };
    const mailer = await startWorker({ url, handlers, concurrency: MAILS_AT_ONCE, log, onRestart });
    onClose(mailer.stop);
    workers.push(mailer);
  }
  const takesJobs = () => workers.every((each) => each.isRunning());
  const fleet = createFleetMetrics({ store, log, metrics, late: lateAfter(config) });
  onClose(fleet.stop);
  onClose(announceWorker({ store, log, isRunning: takesJobs, onRecorded: fleet.refresh }).stop);
  // All stop at the same time.
  onClose(() => Promise.all(workers.map((each) => each.stop())));
  const sweep = sync.sweep([
    ...webhooks.sweepTasks,
    ...feeds.sweepTasks,
    ...mail.sweepTasks,
    ...booking.sweepTasks,
    ...connect.sweepTasks,
    reseal,
    pruneAudit,
  ]);
  sweep.start();
  onClose(sweep.stop);
  return takesJobs;
}

/** Serves HTTP. @returns the address that it listens on */
async function serve(
  core: Core & { workers: WorkerWatch; health: Health },
  onClose: (end: End) => void,
): Promise<string> {
  const { HOST, PORT } = core.config;
  const live = createLive(core);
  onClose(live.close);
  const api = await createApi({ ...core, live });
  onClose(api.keys.close);
  const server = await serveHttp({ ...core, ...api }).catch((error) => {
    throw listenError(error, HOST, PORT, 'PORT');
  });
  onClose(server.close);
  return server.url;
}
