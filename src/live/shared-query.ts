/** The answers to one question that viewers follow: made once per change, whatever their number. */

import { SlotwireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { ANYTHING, changeBetween, concerns } from '../offers/changes.ts';
import type { Availability } from '../offers/query.ts';
import type { SourceValue } from '../offers/sources.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { differs, type KnownSlots } from './delta.ts';

/** Bells within this many milliseconds lead to one making. */
export const COALESCE = 25;
/** After news the next making for a bell waits until so long after it: the bound of how long a burst is coalesced. */
export const BURST = 100;
/** Comers within so many milliseconds of the last making's begin share the next one. */
export const COMERS = 25;
/** An answer this young, made from the very same sources, is told again rather than rendered anew. */
const YOUNG = 250;
/** How many answers, the present one among them, a viewer may come back with. */
const REMEMBERED = 32;
const RETRY_FIRST = 250;
const RETRY_MOST = 10_000;
/** The longest that a timer sleeps: Node's own limit is 2^31 − 1. */
const SLEEP_MOST = 2_000_000_000;

/** An answer and its place in the order of making. */
export interface Made {
  turn: number;
  answer: Availability;
}

export interface Group {
  /**
   * An answer whose making began after this call: whoever comes knows no less than a query would have told, even while
   * bells are under way. The one before it when none can be made; rejects when there never was one, or what was
   * asked about is gone.
   */
  current(): Promise<Made>;
  /** Null before the first. */
  latest(): Made | null;
  /** `hear` is called at each latest answer that is news beside the one before, and when there will be no more. */
  follow(hear: () => void): () => void;
  /** No more answers will come: it was closed, or what was asked about is gone; the last one has no slots then. */
  over(): boolean;
  /** The slots that an earlier etag stood for, if they are still remembered. */
  known(etag: string): KnownSlots | undefined;
  /**
   * The value under this key has changed, to `now` unless that was not looked at; without a key, any may have. What the
   * answer was made from is compared: a value may have changed and changed back.
   */
  ring(key?: string, now?: SourceValue | null): void;
  close(): void;
}

const isGone = (error: unknown) => error instanceof SlotwireError && error.code === 'NOT_FOUND';

export interface GroupDeps {
  /** Throws SlotwireError NOT_FOUND when what is asked about is not there, or no longer. */
  compute: () => Promise<Availability>;
  /** The last answer to viewers of `last`, when it is gone. */
  emptied: (last: Availability) => Availability;
  /** From now on bells of these keys concern it; null: any may. */
  attend: (keys: readonly string[] | null) => void;
  /** Slots that viewers hold from now on. */
  keep: (known: KnownSlots) => void;
  clock: Clock;
  log: Log;
}

export function createGroup({ compute, emptied, attend, keep, clock, log }: GroupDeps): Group {
  let latest: Made | null = null;
  let turns = 0;
  let running: Promise<Made> | null = null;
  let next: Promise<Made> | null = null;
  let began: Instant = Number.NEGATIVE_INFINITY;
  let news: Instant = Number.NEGATIVE_INFINITY;
  /** Keys whose bells rang while an answer was being made: it may have missed what they were for. Undefined: any. */
  const missed = new Set<string | undefined>();
  let retry = RETRY_FIRST;
  let bellTimer: NodeJS.Timeout | undefined;
  let clockTimer: NodeJS.Timeout | undefined;
  let pause: { timer: NodeJS.Timeout; end: () => void } | undefined;
  let closed = false;
  let gone = false;
  const followers = new Set<() => void>();
  const remembered = new Map<string, KnownSlots>();

  function accept(answer: Availability): Made {
    const before = latest;
    const isNews = before === null || differs(before.answer, answer);
    if (isNews || !isAsGood(before.answer, answer)) {
      // Viewers hold on to the answer that they came with: the same slots needn't be there once for each.
      const slots = before?.answer.etag === answer.etag ? before.answer.slots : answer.slots;
      latest = { turn: ++turns, answer: { ...answer, slots } };
    }
    retry = RETRY_FIRST;
    if (before?.answer.etag !== answer.etag) remember(answer);
    clearTimeout(clockTimer);
    if (answer.changesAt !== null && !closed) {
      const delay = Math.min(Math.max(answer.changesAt - clock.now(), 1), SLEEP_MOST);
      clockTimer = setTimeout(() => void refresh(), delay);
    }
    const keys = [...answer.madeFrom.keys()];
    if (!closed) attend(keys);
    // Only now is it known which keys matter: the answer before may have been made from others.
    if (missed.has(undefined) || keys.some((key) => missed.has(key))) schedule(afterBell());
    if (isNews) {
      if (before) news = clock.now();
      for (const hear of followers) hear();
    }
    return latest ?? { turn: ++turns, answer };
  }

  function remember({ etag, slots }: Availability) {
    remembered.delete(etag);
    remembered.set(etag, { etag, slots });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED) break;
      remembered.delete(oldest);
    }
    keep({ etag, slots });
  }

  /** Nobody is to go on looking at slots of what is gone. */
  function end(last: Availability) {
    if (gone) return;
    gone = true;
    accept(emptied(last));
    for (const hear of followers) hear();
  }

  /** Joins the making at hand. */
  function recompute(): Promise<Made> {
    if (running) return running;
    missed.clear();
    began = clock.now();
    if (!closed) attend(null);
    running = compute().then(
      (answer) => {
        running = null;
        return accept(answer);
      },
      (error: unknown) => {
        running = null;
        if (latest && isGone(error)) end(latest.answer);
        else retryLater(error);
        throw error;
      },
    );
    return running;
  }

  /** One making runs; whoever comes too late for it shares the next, with all who come until that begins. */
  function renew(): Promise<Made> {
    if (!running && clock.now() - began >= COMERS) return recompute();
    next ??= comersGathered().then(() => {
      next = null;
      return recompute();
    });
    return next;
  }

  async function comersGathered() {
    if (running) await refresh();
    const rest = Math.min(COMERS, began + COMERS - clock.now());
    if (rest > 0 && !closed) {
      await new Promise<void>((end) => {
        pause = { timer: setTimeout(end, rest), end };
      });
      pause = undefined;
    }
    // A bell's making that began meanwhile began before some of those who wait had come.
    while (running) await refresh();
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

  function isTouched(key: string, now: SourceValue | null | undefined): boolean {
    if (!latest?.answer.madeFrom.has(key)) return false;
    const { madeFrom, reach, complete, issues } = latest.answer;
    const change = now === undefined ? ANYTHING : changeBetween(madeFrom.get(key), now);
    return concerns(change, reach, complete && issues.length === 0);
  }

  const afterBell = () => Math.min(Math.max(COALESCE, news + BURST - clock.now()), BURST);

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
    latest: () => latest,
    follow(hear) {
      followers.add(hear);
      return () => followers.delete(hear);
    },
    over: () => closed || gone,
    known: (etag) => remembered.get(etag),
    ring(key, now) {
      if (running) missed.add(key);
      else if (key === undefined || isTouched(key, now)) schedule(afterBell());
    },
    close() {
      closed = true;
      clearTimeout(bellTimer);
      clearTimeout(clockTimer);
      clearTimeout(pause?.timer);
      pause?.end();
      for (const hear of followers) hear();
    },
  };
}

/** Does the younger answer tell no more than the one before, but for its own instant? */
const isAsGood = (before: Availability, answer: Availability) =>
  answer.computedAt - before.computedAt < YOUNG &&
  JSON.stringify(before.freshness.sources) === JSON.stringify(answer.freshness.sources);
