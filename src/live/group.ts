/** Viewers of the same question share one answer: computed once per change, whatever their number. */
import type { Clock } from '../clock.ts';
import { SlotwireError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Availability } from '../offers/availability.ts';
import { differs, type KnownSlots } from './delta.ts';

/** Bells within this many milliseconds lead to one computation. */
const COALESCE = 25;
/** How many answers, the present one among them, a viewer may come back with. */
const REMEMBERED = 32;
const RETRY_FIRST = 250;
const RETRY_MOST = 10_000;
/** The longest that a timer sleeps: Node's own limit is 2^31 − 1. */
const SLEEP_MOST = 2_000_000_000;

export interface Group {
  /**
   * An answer whose making began after this call: whoever comes knows no less than a query would have told, even while
   * bells are under way. The one before it when none can be made; rejects when there never was one, or what was
   * asked about is gone.
   */
  current(): Promise<Availability>;
  /**
   * Resolves with the newest answer once it is news beside `seen`; with null when `signal` ends the wait, or what was asked
   * about is gone: the last answer has no slots then.
   */
  after(seen: Availability, signal: AbortSignal): Promise<Availability | null>;
  /** Has there ever been an answer? */
  answered(): boolean;
  /** The slots that an earlier etag stood for, if they are still remembered. */
  known(etag: string): KnownSlots | undefined;
  /** The value under this key has changed; without a key, any may have. */
  ring(key?: string): void;
  close(): void;
}

const isGone = (error: unknown) => error instanceof SlotwireError && error.code === 'NOT_FOUND';

export interface GroupDeps {
  /** Throws SlotwireError NOT_FOUND when what is asked about is not there, or no longer. */
  compute: () => Promise<Availability>;
  /** The last answer to viewers of `last`, when it is gone. */
  emptied: (last: Availability) => Availability;
  clock: Clock;
  log: Log;
}

export function createGroup({ compute, emptied, clock, log }: GroupDeps): Group {
  let latest: Availability | null = null;
  let running: Promise<Availability> | null = null;
  let next: Promise<Availability> | null = null;
  /** Keys whose bells rang while an answer was being made: it may have missed what they were for. Undefined: any. */
  const missed = new Set<string | undefined>();
  let retry = RETRY_FIRST;
  let bellTimer: NodeJS.Timeout | undefined;
  let clockTimer: NodeJS.Timeout | undefined;
  let closed = false;
  let gone = false;
  const waiting = new Set<() => void>();
  const remembered = new Map<string, KnownSlots>();

  function accept(answer: Availability) {
    const news = latest === null || differs(latest, answer);
    latest = answer;
    retry = RETRY_FIRST;
    remembered.delete(answer.etag);
    remembered.set(answer.etag, { etag: answer.etag, slots: answer.slots });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break;
      remembered.delete(oldest);
    }
    clearTimeout(clockTimer);
    if (answer.changesAt !== null && !closed) {
      const delay = Math.min(Math.max(answer.changesAt - clock.now(), 1), SLEEP_MOST);
      clockTimer = setTimeout(() => void refresh(), delay);
    }
    // Only now is it known which keys matter: the answer before may have been made from others.
    if (missed.has(undefined) || answer.keys.some((key) => missed.has(key))) schedule(COALESCE);
    if (news) for (const wake of waiting) wake();
  }

  /** Nobody is to go on looking at slots of what is gone. */
  function end(last: Availability) {
    if (gone) return;
    gone = true;
    accept(emptied(last));
    for (const wake of waiting) wake();
  }

  /** Joins the making at hand. */
  function recompute(): Promise<Availability> {
    if (running) return running;
    missed.clear();
    running = compute().then(
      (answer) => {
        running = null;
        accept(answer);
        return answer;
      },
      (error: unknown) => {
        running = null;
        if (latest && isGone(error)) end(latest);
        else retryLater(error);
        throw error;
      },
    );
    return running;
  }

  /** One making runs; whoever comes too late for it shares the next. */
  function renew(): Promise<Availability> {
    if (!running) return recompute();
    next ??= refresh().then(() => {
      next = null;
      return recompute();
    });
    return next;
  }

  /** For nobody in particular. */
  const refresh = () => recompute().catch(() => undefined);

  /** Viewers hold an answer that may be outdated now. Without one, whoever asked is told why there is none. */
  function retryLater(error: unknown) {
    if (latest === null || closed || gone) return;
    log.warn({ err: error }, 'live answer could not be made; trying again');
    schedule(retry);
    retry = Math.min(retry * 2, RETRY_MOST);
  }

  function schedule(delay: number) {
    if (bellTimer || closed || gone) return;
    bellTimer = setTimeout(() => {
      bellTimer = undefined;
      void refresh();
    }, delay);
  }

  return {
    async current() {
      try {
        return await renew();
      } catch (error) {
        if (latest && !gone) return latest;
        throw error;
      }
    },
    async after(seen, signal) {
      while (latest === null || latest === seen) {
        if (signal.aborted || closed || gone) return null;
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          waiting.add(wake);
          signal.addEventListener('abort', wake);
        });
      }
      return latest;
    },
    answered: () => latest !== null,
    known: (etag) => remembered.get(etag),
    ring(key) {
      if (running) missed.add(key);
      else if (key === undefined || latest?.keys.includes(key)) schedule(COALESCE);
    },
    close() {
      closed = true;
      clearTimeout(bellTimer);
      clearTimeout(clockTimer);
      for (const wake of waiting) wake();
    },
  };
}
