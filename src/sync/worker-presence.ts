/** Workers say that they take jobs, and gateways tell when none does: their bookings would wait to be written. */
import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/client.ts';
import { countWorkers, forgetWorker, recordWorker, type WorkersSeen } from '../store/workers.ts';
import { type Clock, type Instant, SECOND, steadyClock } from '../time/clock.ts';

/** How often workers say it, and how often gateways look. */
const INTERVAL = 10 * SECOND;
/** A worker that missed two turns is not counted any more. */
export const WORKER_SEEN_WITHIN = 35 * SECOND;
/** What it means that there is none, for the log and for reports. */
export const NO_WORKER_SEEN =
  'no worker seen: calendars are not read, and bookings not written, until one runs';

export interface PresenceLoop {
  /** Resolves once the turn at hand is over. */
  stop(): Promise<void>;
}

export interface WorkerWatch extends PresenceLoop {
  /** What the last look found, at most ten seconds and a statement ago; null before the first, and since the database can't be asked. */
  latest(): WorkersSeen | null;
  /**
   * How long no worker was seen, milliseconds: by the last look, and at most for as long as this process looks, since the workers of a fleet
   * that starts may come after its gateways. 0 while one is seen, and while it isn't known.
   */
  absence(): number;
}

/**
 * @param deps.isRunning whether this process takes jobs now; while it does not, it doesn't say so
 * @param deps.onRecorded is called each time once the presence of this worker was recorded; `since`: it was asked for then, by the steady clock
 */
export function announceWorker(deps: {
  store: Store;
  log: Log;
  isRunning(): boolean;
  onRecorded?: (worker: string, since: Instant) => void;
}): PresenceLoop {
  const { store, log, isRunning, onRecorded } = deps;
  const id = `wkr_${randomUUID()}`;
  const loop = repeat(async () => {
    if (!isRunning()) return;
    const since = steadyClock.now();
    await recordWorker(store, id, WORKER_SEEN_WITHIN).then(
      () => onRecorded?.(id, since),
      (err: unknown) => log.warn({ err }, 'presence of this worker was not recorded'),
    );
  });
  return {
    async stop() {
      await loop.stop();
      await forgetWorker(store, id).catch((err: unknown) =>
        log.warn({ err }, 'presence of this worker was not deleted'),
      );
    },
  };
}

/**
 * Keeps `slotwire_workers` and `slotwire_worker_seen_seconds`, and logs when the last worker is gone and when one is back. While
 * the database can't be asked both stay as they were.
 */
export function watchWorkers(deps: {
  store: Store;
  log: Log;
  metrics: Metrics;
  /** Steady; absent: the process's. */
  steady?: Clock;
}): WorkerWatch {
  const { store, log, metrics, steady = steadyClock } = deps;
  const since = steady.now();
  // Workers of a fleet that starts may come a moment later than its gateways.
  let isMissing = false;
  let misses = 0;
  let latest: WorkersSeen | null = null;
  const loop = repeat(async () => {
    const seen = await countWorkers(store, WORKER_SEEN_WITHIN).catch(() => null);
    latest = seen;
    if (!seen) return;
    metrics.workers.set(seen.count);
    metrics.workerSeen.set(seen.age === null ? Number.NaN : seen.age / SECOND);
    misses = seen.count === 0 ? misses + 1 : 0;
    if (misses >= 2 && !isMissing) {
      isMissing = true;
      log.error({ ageMs: seen.age }, NO_WORKER_SEEN);
    } else if (isMissing && misses === 0) {
      isMissing = false;
      log.info({ workers: seen.count }, 'a worker is seen again');
    }
  });
  return {
    stop: loop.stop,
    latest: () => latest,
    absence: () =>
      latest?.count === 0 ? Math.min(latest.age ?? Number.POSITIVE_INFINITY, steady.now() - since) : 0,
  };
}

/** @param turn never rejects; the next one begins an interval after its end */
function repeat(turn: () => Promise<void>): PresenceLoop {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    running = turn().then(() => {
      if (!stopped) timer = setTimeout(next, INTERVAL);
    });
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
