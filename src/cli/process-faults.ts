/** What a running command does about errors that no code of it handled. */
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/**
 * From now on a rejected promise that no code awaited is logged and counted, and the process goes on: its work failed, and
 * the rows in PostgreSQL say what is still due. An uncaught exception is logged and ends the process with code 1: it broke off
 * code that may have been half-way through a change in memory. Nothing is lost by that, and a service manager starts it again.
 */
export function handleProcessFaults({ log, metrics }: { log: Log; metrics: Metrics }): void {
  process.on('unhandledRejection', (error) => {
    metrics.unhandledRejections.inc();
    log.error({ err: error }, 'promise rejected and not awaited: the process goes on');
  });
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception: the process ends, and must be started again');
    process.exit(1);
  });
}
