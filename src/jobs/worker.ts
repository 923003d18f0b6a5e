/** Runs jobs as they come, by LISTEN and by a poll once a second. A job that fails is not repeated: the rows say what is due. */
import { setTimeout as pause } from 'node:timers/promises';
import type { TaskList } from 'graphile-worker';
import { type Backoff, backoffDelay } from '../async/backoff.ts';
import { withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import { MINUTE, SECOND } from '../time/clock.ts';
import type { JobWorker, TaskHandlers, TaskName, TaskPayloads } from './port.ts';
import { type JobRunner, startRunner } from './runner.ts';

/** Between attempts to start a runner again. */
const RESTART: Backoff = { first: 500, max: 10 * SECOND, jitter: 0.5 };
/** A runner that ran for so long begins its successor's attempts anew. */
const STABLE_AFTER = MINUTE;
/** How long a stop waits for a runner that is just being started. */
const START_TIMEOUT = 2 * SECOND;
/** Runners whose jobs are given back: an outage may end several before one is started. */
const ENDED_MAX = 20;

export interface WorkerOptions {
  url: string;
  /** Tasks without a handler are left to other workers. */
  handlers: Partial<TaskHandlers>;
  /** Jobs at once. */
  concurrency: number;
  log: Log;
  /** Milliseconds between looks for jobs of which no message came; a second by default. */
  pollInterval?: number;
  /** How long jobs may go on after `stop` before their signal fires, milliseconds; 3 s by default. */
  grace?: number;
  /** Called when a runner ended by itself and is started again. */
  onRestart?: () => void;
}

/** The worker outlives its runners: one that ends by itself is started again. @throws when the database can't be reached now. */
export async function startWorker(options: WorkerOptions): Promise<JobWorker> {
  const { url, handlers, concurrency, log, pollInterval = SECOND, grace = 3 * SECOND } = options;
  const tasks = taskList(handlers, log);
  const endedBefore: string[] = [];
  const start = () => startRunner({ url, tasks, concurrency, pollInterval, log, grace, endedBefore });
  let runner: JobRunner | undefined = await start();
  const stopping = new AbortController();

  async function superviseRunners() {
    for (let attempt = 0; !stopping.signal.aborted; ) {
      if (runner) {
        const startedAt = performance.now();
        const reason = await runner.ended;
        if (stopping.signal.aborted) return;
        log.error({ reason }, 'job runner ended unexpectedly: it is started again');
        options.onRestart?.();
        const { id, close } = runner;
        runner = undefined;
        await close().catch((err: unknown) => log.warn({ err }, 'job runner was not closed in order'));
        endedBefore.splice(0, endedBefore.length, ...[...endedBefore, id].slice(-ENDED_MAX));
        if (performance.now() - startedAt > STABLE_AFTER) attempt = 0;
      }
      const wait = backoffDelay(RESTART, attempt++);
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      try {
        runner = await start();
        endedBefore.length = 0;
        if (stopping.signal.aborted) return await runner.close();
        log.info('job runner was started again');
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason, attempt }, 'job runner could not be started: it is tried again');
      }
    }
  }

  const supervision = superviseRunners();
  let stopped: Promise<void> | undefined;
  return {
    isRunning: () => runner !== undefined,
    stop() {
      stopping.abort();
      stopped ??= Promise.resolve(runner?.close()).then(() =>
        // A runner that is just being started is closed once it has started.
        withDeadline(START_TIMEOUT, undefined, () => supervision).catch(() => {}),
      );
      return stopped;
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
    mail: task('mail'),
    erase: task('erase'),
    publish: task('publish'),
  } satisfies Record<TaskName, unknown>;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in handlers));
}
