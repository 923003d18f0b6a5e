/** Renews a lease while some work makes progress, and aborts the work when the lease is lost or the work stalls. */
import type { Log } from '../log.ts';
import { linkAbort } from './abort.ts';

/** Another process has the lease, or may take it: the result of this work must not be stored. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The work stalled for so long that its lease was given up. */
export class StalledError extends Error {
  override readonly name = 'StalledError';

  constructor(ms: number) {
    super(`no progress within ${ms} ms`);
  }
}

export interface LeaseOptions {
  /** @returns false when the lease is lost. A rejection is logged; the next renewal comes as usual. */
  renew(): Promise<boolean>;
  /** Milliseconds between renewals. The lease itself should outlive two that fail. */
  every: number;
  /** Milliseconds without progress after which the lease is not renewed any more; counted in whole renewals. */
  stallAfter: number;
  /** The caller's own signal. */
  signal?: AbortSignal | undefined;
  log: Log;
  /** Names the leased thing in the log: `{ calendar: 'cal_…' }`. */
  subject: Record<string, string>;
}

/** Work that runs under a lease. */
export type LeasedWork<T> = (signal: AbortSignal, progress: () => void) => Promise<T>;

/**
 * Runs `work` and renews its lease meanwhile. The work calls `progress` whenever it has completed a step.
 * @param work gets a signal that is aborted when the caller's is, with a LeaseLostError once the lease is lost, and with a
 * StalledError after too long without progress. The call waits for work that does not listen, too.
 */
export async function withLease<T>(options: LeaseOptions, work: LeasedWork<T>): Promise<T> {
  const { renew, every, stallAfter, signal, log, subject } = options;
  const { controller, unlink } = linkAbort(signal);
  let idleMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  async function onTimer() {
    idleMs += every;
    if (idleMs >= stallAfter) {
      log.warn({ ...subject, ms: idleMs }, 'work made no progress: its lease is given up');
      controller.abort(new StalledError(idleMs));
      return;
    }
    try {
      if (!(await renew())) return controller.abort(new LeaseLostError('the lease is lost'));
    } catch (error) {
      // The fenced commit checks the lease again.
      log.warn({ err: error, ...subject }, 'lease could not be renewed');
    }
    if (!ended) timer = setTimeout(onTimer, every);
  }

  timer = setTimeout(onTimer, every);
  try {
    return await work(controller.signal, () => {
      idleMs = 0;
    });
  } finally {
    ended = true;
    clearTimeout(timer);
    unlink();
  }
}
