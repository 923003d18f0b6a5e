/**
 * The clock that all processes share: the database's, counted on by monotonic time of this process. The database is asked for it
 * now and then; between two answers monotonic time goes on from the last one, so that nothing that happens to the machine's
 * own clock moves this one. The machine's clock is compared with it all the same: a process whose machine is wrong proves
 * nothing, for what set that clock may have set more.
 *
 * An answer that took from `start` to `end` says that the database's clock showed `at` in between, so the difference to
 * monotonic time lies in [at - end, at - start]. Half the round trip is the most that it can be wrong by.
 */
import { withDeadline } from '../async/deadline.ts';
import type { Log } from '../log.ts';
import { type Clock, type Instant, MINUTE, SECOND, steadyClock, systemClock } from './clock.ts';

/** How far the machine's clock may be from the database's. */
export const CLOCK_SKEW_MAX = 2 * SECOND;
const MEASURE_INTERVAL = 10 * SECOND;
/** The machine's clock was set, or the machine slept, when its clock moves by this much against monotonic time. */
const STEP_MIN = SECOND / 2;
/** How soon the database is asked again when it did not answer after such a step. */
const RETRY_INTERVAL = SECOND;
const ANSWER_TIMEOUT = 5 * SECOND;
/** The first answers come by new connections, so the quickest of some counts. */
const FIRST_SAMPLES = 3;
/** Monotonic time of two machines may part by this share of the time that passes. */
const DRIFT = 0.0005;

export interface DatabaseClock extends Clock {
  isUntrusted(): boolean;
  onTrustChange(listener: () => void): () => void;
  /** Milliseconds that the machine's clock was ahead of the database's when it was compared last. */
  skew(): number;
  /** Asks the database now. Rejects when the database doesn't answer. */
  measure(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseClockDeps {
  /** The database's time, epoch milliseconds. */
  askDatabase(): Promise<Instant>;
  /** The machine's. Default: the system's clock. */
  wall?: Clock;
  /** Milliseconds that never step. Default: the process's. */
  monotonic?: Clock;
  /** Called after each comparison. @param skew milliseconds that the machine's clock is ahead */
  onMeasured?(skew: number, isTrusted: boolean): void;
  log: Log;
}

/** Resolves once the database has answered. Rejects when it doesn't. */
export async function startDatabaseClock(deps: DatabaseClockDeps): Promise<DatabaseClock> {
  const { askDatabase, wall = systemClock, monotonic = steadyClock, onMeasured, log } = deps;
  /** The database's clock minus monotonic time, and the length of the interval in which it lies. */
  let known: { offset: number; width: number; at: number } | null = null;
  /** The machine's clock minus monotonic time, when the two clocks were compared last. */
  let wallOffset = wall.now() - monotonic.now();
  let skew = 0;
  let isOff = false;
  let hasStepped = false;
  let warnedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const listeners = new Set<() => void>();

  function learn(start: number, at: Instant, end: number) {
    const sample = { offset: at - (start + end) / 2, width: end - start, at: end };
    if (!known) {
      known = sample;
      return;
    }
    const width = known.width + DRIFT * (end - known.at);
    const contradiction = Math.abs(sample.offset - known.offset) - (sample.width + width) / 2;
    if (contradiction > CLOCK_SKEW_MAX) {
      log.warn(
        { seconds: (sample.offset - known.offset) / SECOND },
        "the database's clock was set: all processes follow",
      );
    }
    known = contradiction > 0 || sample.width <= width ? sample : { ...known, width, at: end };
  }

  function compare() {
    const { offset, width } = known ?? { offset: wallOffset, width: 0 };
    wallOffset = wall.now() - monotonic.now();
    skew = wallOffset - offset;
    const before = isUntrustedNow();
    hasStepped = false;
    isOff = Math.abs(skew) - width / 2 > CLOCK_SKEW_MAX;
    onMeasured?.(skew, !isOff);
    tell(before);
  }

  function tell(before: boolean) {
    const seconds = Math.round(skew / 100) / 10;
    if (isOff && monotonic.now() - warnedAt >= MINUTE) {
      warnedAt = monotonic.now();
      log.error(
        { skewSeconds: seconds },
        `this process proves no calendar: its clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the database's`,
      );
    }
    if (before && !isOff && warnedAt > Number.NEGATIVE_INFINITY) {
      warnedAt = Number.NEGATIVE_INFINITY;
      log.warn(
        { skewSeconds: seconds },
        "clock and database's clock agree again: this process proves calendars",
      );
    }
    if (before !== isUntrustedNow()) for (const listener of [...listeners]) listener();
  }

  const isUntrustedNow = () => isOff || hasStepped;

  async function ask() {
    const start = monotonic.now();
    const at = await withDeadline(ANSWER_TIMEOUT, undefined, askDatabase);
    learn(start, at, monotonic.now());
  }

  function measure(): Promise<void> {
    running ??= ask()
      .then(compare)
      .finally(() => {
        running = null;
        schedule();
      });
    return running;
  }

  function schedule() {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(measureOrLog, hasStepped ? RETRY_INTERVAL : MEASURE_INTERVAL);
    timer.unref();
  }

  const measureOrLog = () =>
    void measure().catch((error: unknown) =>
      log.warn({ err: error }, "the database's time could not be asked for"),
    );

  /** @returns monotonic time */
  function noticeStep(): number {
    const at = monotonic.now();
    if (hasStepped || Math.abs(wall.now() - at - wallOffset) <= STEP_MIN) return at;
    const before = isUntrustedNow();
    hasStepped = true;
    if (!closed) measureOrLog();
    if (!before) for (const listener of [...listeners]) listener();
    return at;
  }

  for (let sample = 0; sample < FIRST_SAMPLES; sample++) await ask();
  compare();
  log.info({ skewSeconds: skew / SECOND }, "clock compared with the database's");
  schedule();

  return {
    now: () => Math.floor(noticeStep() + (known?.offset ?? wallOffset)),
    isUntrusted() {
      noticeStep();
      return isUntrustedNow();
    },
    onTrustChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    skew: () => skew,
    measure,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running?.catch(() => {});
    },
  };
}
