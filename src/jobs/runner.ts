/** One runner of graphile-worker with its own connections. It may end by itself: the worker starts another one. */
import { EventEmitter } from 'node:events';
import {
  type Logger,
  makeWorkerUtils,
  type Runner,
  run,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import type { BoundedPool } from '../postgres/pool.ts';
import { SECOND } from '../time/clock.ts';
import { setDueAlarm } from './due-alarm.ts';
import { queueLogger } from './queue.ts';
import { RunnerPool } from './runner-pool.ts';

/** Jobs that have not ended this long after their signal fired are abandoned; their leases keep them from committing. */
const ABANDON_AFTER = 3 * SECOND;
/** How long giving back abandoned jobs may take. */
const KILL_TIMEOUT = 2 * SECOND;

export interface JobRunnerOptions {
  url: string;
  tasks: TaskList;
  /** Jobs at once. */
  concurrency: number;
  log: Log;
  /** Milliseconds between looks for jobs of which no message came. */
  pollInterval: number;
  /** How long jobs may go on after `close` before their signal fires, milliseconds. */
  grace: number;
  /** Ids of runners of this process that ended by themselves: their jobs are given back first. */
  endedBefore: readonly string[];
}

export interface JobRunner {
  id: string;
  /** Resolves with the reason once the runner takes no more jobs. Never rejects. */
  ended: Promise<string>;
  /** Resolves once running jobs ended, or are abandoned. May be called again. */
  close(): Promise<void>;
}

/** @throws when the database can't be reached. */
export async function startRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { url, tasks, concurrency, pollInterval, log, grace, endedBefore } = options;
  // One connection listens, the others fetch and finish jobs.
  const pool = new RunnerPool(url, {
    name: 'slotwire worker',
    max: concurrency + 1,
    onLost: (error) => log.warn({ reason: error.message }, 'database connection lost by the worker'),
  });
  const logger = queueLogger(log);
  const events: WorkerEvents = new EventEmitter();
  setDueAlarm(events, (task) => task in tasks);
  let id = '';
  let reason = 'the runner ended';
  const ended = new Promise<string>((resolve) => {
    events.on('pool:create', ({ workerPool }) => {
      id = workerPool.id;
    });
    events.on('pool:fatalError', ({ error }) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    events.on('pool:gracefulShutdown', () => resolve(reason));
  });
  let runner: Runner;
  try {
    await tidy(pool, logger, endedBefore);
    runner = await run({
      pgPool: pool,
      concurrency,
      pollInterval,
      noHandleSignals: true,
      gracefulShutdownAbortTimeout: grace,
      taskList: tasks,
      parsedCronItems: [],
      logger,
      events,
      // Without a delay, 0 included, graphile-worker awaits neither and a lost connection ends the process (docs/adr/0013).
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
  // Ends by itself are reported by the events.
  const over = runner.promise.catch(() => {});
  let closing: Promise<void> | undefined;
  return {
    id,
    ended,
    close() {
      closing ??= close(runner, over, pool, grace);
      return closing;
    },
  };
}

/**
 * Deletes jobs of killed workers that have used up their attempts, which graphile-worker neither runs nor deletes, and gives
 * back the jobs that this process's own runners left locked.
 */
async function tidy(pgPool: BoundedPool, logger: Logger, endedBefore: readonly string[]): Promise<void> {
  const queue = await makeWorkerUtils({ pgPool, logger });
  try {
    if (endedBefore.length > 0) await queue.forceUnlockWorkers([...endedBefore]);
    await queue.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS'] });
  } finally {
    await queue.release();
  }
}

async function close(runner: Runner, over: Promise<void>, pool: BoundedPool, grace: number): Promise<void> {
  // A runner that ended by itself refuses to be stopped once more.
  const stopped = () =>
    runner.stop().then(
      () => over,
      () => over,
    );
  try {
    await withDeadline(grace + ABANDON_AFTER, undefined, stopped);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    await withDeadline(KILL_TIMEOUT, undefined, () => runner.kill()).catch(() => {});
  } finally {
    await pool.end();
  }
}
