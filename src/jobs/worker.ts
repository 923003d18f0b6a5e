/** Runs jobs as they come, by LISTEN and by a poll once a second. A job that fails is not repeated: the rows say what is due. */
import { makeWorkerUtils, type Runner, run, type TaskList } from 'graphile-worker';
import pg from 'pg';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import { SECOND } from '../time/clock.ts';
import type { JobWorker, TaskHandlers, TaskName, TaskPayloads } from './port.ts';
import { queueLogger } from './queue.ts';

/** Jobs that have not ended this long after their signal fired are abandoned; their leases keep them from committing. */
const ABANDON_AFTER = 5 * SECOND;

export interface WorkerOptions {
  url: string;
  /** Tasks without a handler are left to other workers. */
  handlers: Partial<TaskHandlers>;
  /** Jobs at once. */
  concurrency: number;
  log: Log;
  /** How long jobs may go on after `stop` before their signal fires, milliseconds; 3 s by default. */
  grace?: number;
}

/** @throws when the database can't be reached. */
export async function startWorker(options: WorkerOptions): Promise<JobWorker> {
  const { url, handlers, concurrency, log, grace = 3 * SECOND } = options;
  // One connection listens, the others fetch and finish jobs.
  const pool = new pg.Pool({
    connectionString: url,
    max: concurrency + 1,
    application_name: 'slotwire worker',
  });
  const onConnectionError = (error: Error) =>
    log.warn({ reason: error.message }, 'database connection lost by the worker');
  pool.on('error', onConnectionError);
  pool.on('connect', (client) => client.on('error', onConnectionError));
  const logger = queueLogger(log);
  let runner: Runner;
  try {
    await deleteFailedJobs(pool, logger);
    runner = await run({
      pgPool: pool,
      concurrency,
      pollInterval: SECOND,
      noHandleSignals: true,
      gracefulShutdownAbortTimeout: grace,
      taskList: taskList(handlers, log),
      parsedCronItems: [],
      logger,
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
  const ended = runner.promise.catch((error: unknown) =>
    log.error({ err: error }, 'worker ended unexpectedly'),
  );
  let stopping: Promise<void> | undefined;
  return {
    stop() {
      stopping ??= stop(runner, ended, pool, grace + ABANDON_AFTER);
      return stopping;
    },
  };
}

function taskList(handlers: Partial<TaskHandlers>, log: Log): TaskList {
  const task =
    <T extends TaskName>(name: T) =>
    async (payload: unknown, { abortSignal }: { abortSignal: AbortSignal }) => {
      try {
        // Only `enqueue` writes payloads, and it is typed.
        await handlers[name]?.(payload as TaskPayloads[T], abortSignal);
      } catch (error) {
        log.error({ err: error, task: name, payload }, 'job failed');
      }
    };
  const all = {
    pull: task('pull'),
    watch: task('watch'),
    audit: task('audit'),
    write: task('write'),
    deliver: task('deliver'),
    publish: task('publish'),
  } satisfies Record<TaskName, unknown>;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in handlers));
}

/** Jobs of killed workers that have used up their attempts: graphile-worker neither runs nor deletes them. */
async function deleteFailedJobs(pgPool: pg.Pool, logger: ReturnType<typeof queueLogger>) {
  const queue = await makeWorkerUtils({ pgPool, logger });
  try {
    await queue.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS'] });
  } finally {
    await queue.release();
  }
}

async function stop(
  runner: Runner,
  ended: Promise<unknown>,
  pool: pg.Pool,
  killAfter: number,
): Promise<void> {
  const stopped = () => runner.stop().then(() => ended);
  await withDeadline(killAfter, undefined, stopped).catch((error: unknown) => {
    if (error instanceof DeadlineError) return runner.kill();
    throw error;
  });
  await pool.end();
}
