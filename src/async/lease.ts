/** Keeps a lease while some work runs and gets on, and ends the work when the lease is lost or the work stands still. */
import type { Log } from '../log.ts';
import { linkAbort } from './abort.ts';

/** Another process has the lease, or may take it: what this work would store must not count. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The work made no progress for so long that its lease was given up. */
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
  /** The caller's. */
  signal?: AbortSignal | undefined;
  log: Log;
  /** What the lease is of, for the log: `{ calendar: 'cal_…' }`. */
  subject: Record<string, string>;
}

/** Runs under a lease. */
export type LeasedWork<T> = (signal: AbortSignal, progress: () => void) => Promise<T>;

/**
 * Runs `work` and renews its lease meanwhile. The work calls `progress` whenever it got on.
 * @param work gets a signal that is aborted when the caller's is, with a LeaseLostError once the lease is lost, and with a
 * StalledError when there was no progress for too long. Work that does not listen is waited for all the same.
 */
export async function keepLease<T>(options: LeaseOptions, work: LeasedWork<T>): Promise<T> {
  const { renew, every, stallAfter, signal, log, subject } = options;
  const { controller, unlink } = linkAbort(signal);
  let still = 0;
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  async function onTime() {
    still += every;
    if (still >= stallAfter) {
      log.warn({ ...subject, ms: still }, 'work made no progress: its lease is given up');
      controller.abort(new StalledError(still));
      return;
    }
    try {
      if (!(await renew())) return controller.abort(new LeaseLostError('the lease is lost'));
    } catch (error) {
      // Whether the lease is still there is asked again when the work is stored.
      log.warn({ err: error, ...subject }, 'lease not renewed');
    }
    if (!over) timer = setTimeout(onTime, every);
  }

  timer = setTimeout(onTime, every);
  try {
    return await work(controller.signal, () => {
      still = 0;
    });
  } finally {
    over = true;
    clearTimeout(timer);
    unlink();
  }
}
