/** Has a runner look for paced jobs at the instant at which they are due: its own polls would meet them up to a second later. */
import type { WorkerEvents } from 'graphile-worker';
import { z } from 'zod';
import { SECOND } from '../time/clock.ts';
import { DUE_TOPIC } from './queue.ts';

/** Jobs that are due later than that are left to the polls. */
const WAIT_MAX = 10 * SECOND;
/** Looks for jobs within so many milliseconds are one. */
const STEP = 50;

/** Of each kind of job: the wait in milliseconds, and for how many jobs. */
const dueSchema = z.array(z.tuple([z.string(), z.number().nonnegative(), z.number().int().positive()]));

/**
 * @param events the runner's own: it listens for the queue's messages, and ends the alarm when it ends
 * @param isOwnTask whether the runner takes jobs of this kind
 */
export function setDueAlarm(events: WorkerEvents, isOwnTask: (task: string) => boolean): void {
  /** Jobs to look for, by the step of the process's own time at which they are due. */
  const looks = new Map<number, { jobs: number; timer: NodeJS.Timeout }>();
  let over = false;

  function lookIn(wait: number, jobs: number, nudge: (jobs: number) => void) {
    const step = Math.ceil((performance.now() + wait) / STEP);
    const known = looks.get(step);
    if (known) {
      known.jobs += jobs;
      return;
    }
    const timer = setTimeout(
      () => {
        const due = looks.get(step)?.jobs ?? 0;
        looks.delete(step);
        nudge(due);
      },
      step * STEP - performance.now(),
    );
    looks.set(step, { jobs, timer });
  }

  function end() {
    over = true;
    for (const { timer } of looks.values()) clearTimeout(timer);
    looks.clear();
  }

  events.on('pool:listen:success', ({ client }) => {
    // The runner's own query is under way. A connection that fails is replaced by the runner, which then listens again.
    client.once('drain', () => void client.query(`listen "${DUE_TOPIC}"`).catch(() => {}));
  });
  events.on('pool:listen:notification', ({ workerPool, message }) => {
    if (message.channel !== DUE_TOPIC || over) return;
    for (const [task, wait, jobs] of parseDue(message.payload)) {
      if (isOwnTask(task) && wait <= WAIT_MAX) lookIn(wait, jobs, (due) => workerPool.nudge(due));
    }
  });
  events.on('pool:gracefulShutdown', end);
  events.on('pool:forcefulShutdown', end);
  events.on('pool:release', end);
}

/** Ignores what no queue wrote. */
function parseDue(payload: string | undefined): z.infer<typeof dueSchema> {
  try {
    return dueSchema.safeParse(JSON.parse(payload ?? '')).data ?? [];
  } catch {
    return [];
  }
}
