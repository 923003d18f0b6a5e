/** The answers to one question that viewers follow: made once per change, whatever their number. */

import { SlotwireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { ANY_CHANGE, affects, changeBetween } from '../offers/changes.ts';
import type { Availability } from '../offers/query.ts';
import type { SourceValue } from '../offers/sources.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { differs, type KnownSlots } from './delta.ts';

/** Bells within this many milliseconds lead to one making. */
export const COALESCE_WINDOW = 25;
/** After news the next making for a bell waits until so long after it: the bound of how long a burst is coalesced. */
export const BURST_WINDOW = 100;
/** Comers within so many milliseconds of the last making's begin share the next one. */
export const JOIN_WINDOW = 25;
/** An answer this young, made from the very same sources, is told again rather than rendered anew. */
const REUSE_WITHIN = 250;
/** How many answers, the present one among them, a viewer may come back with. */
const MAX_REMEMBERED = 32;
const RETRY_FIRST = 250;
const RETRY_MAX = 10_000;
/** The longest that a timer sleeps: Node's own limit is 2^31 − 1. */
const TIMEOUT_MAX = 2_000_000_000;

/** An answer and its place in the order of making. */
export interface Revision {
  sequence: number;
  answer: Availability;
}

export interface SharedQuery {
  /**
   * An answer whose making began after this call: whoever comes knows no less than a query would have told, even while
   * bells are under way. The one before it when none can be made; rejects when there never was one, or what was
   * asked about is gone.
   */
  current(): Promise<Revision>;
  /** Null before the first. */
  latest(): Revision | null;
  /** `hear` is called at each latest answer that is news beside the one before, and when there will be no more. */
  subscribe(onChange: () => void): () => void;
  /** No more answers will come: it was closed, or what was asked about is gone; the last one has no slots then. */
  isOver(): boolean;
  /** The slots that an earlier etag stood for, if they are still remembered. */
  recall(etag: string): KnownSlots | undefined;
  /**
   * The value under this key has changed, to `now` unless that was not looked at; without a key, any may have. What the
   * answer was made from is compared: a value may have changed and changed back.
   */
  invalidate(key?: string, value?: SourceValue | null): void;
  close(): void;
}

const isNotFound = (error: unknown) => error instanceof SlotwireError && error.code === 'NOT_FOUND';

export interface SharedQueryDeps {
  /** Throws SlotwireError NOT_FOUND when what is asked about is not there, or no longer. */
  compute: () => Promise<Availability>;
  /** The last answer to viewers of `last`, when it is gone. */
  finalResult: (last: Availability) => Availability;
  /** From now on bells of these keys concern it; null: any may. */
  subscribeToKeys: (keys: readonly string[] | null) => void;
  /** Slots that viewers hold from now on. */
  saveSlots: (known: KnownSlots) => void;
  clock: Clock;
  log: Log;
}

export function createSharedQuery({
  compute,
  finalResult,
  subscribeToKeys,
  saveSlots,
  clock,
  log,
}: SharedQueryDeps): SharedQuery {
  let latest: Revision | null = null;
  let lastSequence = 0;
  let running: Promise<Revision> | null = null;
  let next: Promise<Revision> | null = null;
  let startedAt: Instant = Number.NEGATIVE_INFINITY;
  let changedAt: Instant = Number.NEGATIVE_INFINITY;
  /** Keys whose bells rang while an answer was being made: it may have missed what they were for. Undefined: any. */
  const missedKeys = new Set<string | undefined>();
  let retry = RETRY_FIRST;
  let invalidationTimer: NodeJS.Timeout | undefined;
  let timeTimer: NodeJS.Timeout | undefined;
  let joinWait: { timer: NodeJS.Timeout; end: () => void } | undefined;
  let closed = false;
  let hasEnded = false;
  const listeners = new Set<() => void>();
  const remembered = new Map<string, KnownSlots>();

  function onResult(answer: Availability): Revision {
    const before = latest;
    const isNews = before === null || differs(before.answer, answer);
    if (isNews || !isEquivalent(before.answer, answer)) {
      // Viewers hold on to the answer that they came with: the same slots needn't be there once for each.
      const slots = before?.answer.etag === answer.etag ? before.answer.slots : answer.slots;
      latest = { sequence: ++lastSequence, answer: { ...answer, slots } };
    }
    retry = RETRY_FIRST;
    if (before?.answer.etag !== answer.etag) remember(answer);
    clearTimeout(timeTimer);
    if (answer.changesAt !== null && !closed) {
      const delay = Math.min(Math.max(answer.changesAt - clock.now(), 1), TIMEOUT_MAX);
      timeTimer = setTimeout(() => void refresh(), delay);
    }
    const keys = [...answer.dependencies.keys()];
    if (!closed) subscribeToKeys(keys);
    // Only now is it known which keys matter: the answer before may have been made from others.
    if (missedKeys.has(undefined) || keys.some((key) => missedKeys.has(key))) schedule(invalidationDelay());
    if (isNews) {
      if (before) changedAt = clock.now();
      for (const onChange of listeners) onChange();
    }
    return latest ?? { sequence: ++lastSequence, answer };
  }

  function remember({ etag, slots }: Availability) {
    remembered.delete(etag);
    remembered.set(etag, { etag, slots });
    for (const oldest of remembered.keys()) {
      if (remembered.size <= MAX_REMEMBERED) break;
      remembered.delete(oldest);
    }
    saveSlots({ etag, slots });
  }

  /** Nobody is to go on looking at slots of what is gone. */
  function end(last: Availability) {
    if (hasEnded) return;
    hasEnded = true;
    onResult(finalResult(last));
    for (const onChange of listeners) onChange();
  }

  /** Joins the making at hand. */
  function startComputation(): Promise<Revision> {
    if (running) return running;
    missedKeys.clear();
    startedAt = clock.now();
    if (!closed) subscribeToKeys(null);
    running = compute().then(
      (answer) => {
        running = null;
        return onResult(answer);
      },
      (error: unknown) => {
        running = null;
        if (latest && isNotFound(error)) end(latest.answer);
        else scheduleRetry(error);
        throw error;
      },
    );
    return running;
  }

  /** One making runs; whoever comes too late for it shares the next, with all who come until that begins. */
  function recompute(): Promise<Revision> {
    if (!running && clock.now() - startedAt >= JOIN_WINDOW) return startComputation();
    next ??= waitForJoiners().then(() => {
      next = null;
      return startComputation();
    });
    return next;
  }

  async function waitForJoiners() {
    if (running) await refresh();
    const rest = Math.min(JOIN_WINDOW, startedAt + JOIN_WINDOW - clock.now());
    if (rest > 0 && !closed) {
      await new Promise<void>((end) => {
        joinWait = { timer: setTimeout(end, rest), end };
      });
      joinWait = undefined;
    }
    // A bell's making that began meanwhile began before some of those who wait had come.
    while (running) await refresh();
  }

  /** For nobody in particular. */
  const refresh = () => startComputation().catch(() => undefined);

  /** Viewers hold an answer that may be outdated now. Without one, whoever asked is told why there is none. */
  function scheduleRetry(error: unknown) {
    if (latest === null || closed || hasEnded) return;
    log.warn({ err: error }, 'live answer could not be made; trying again');
    schedule(retry);
    retry = Math.min(retry * 2, RETRY_MAX);
  }

  function isAffected(key: string, value: SourceValue | null | undefined): boolean {
    if (!latest?.answer.dependencies.has(key)) return false;
    const { dependencies, dependencySpan, complete, issues } = latest.answer;
    const change = value === undefined ? ANY_CHANGE : changeBetween(dependencies.get(key), value);
    return affects(change, dependencySpan, complete && issues.length === 0);
  }

  const invalidationDelay = () =>
    Math.min(Math.max(COALESCE_WINDOW, changedAt + BURST_WINDOW - clock.now()), BURST_WINDOW);

  function schedule(delay: number) {
    if (invalidationTimer || closed || hasEnded) return;
    invalidationTimer = setTimeout(() => {
      invalidationTimer = undefined;
      void refresh();
    }, delay);
  }

  return {
    async current() {
      try {
        return await recompute();
      } catch (error) {
        if (latest && !hasEnded) return latest;
        throw error;
      }
    },
    latest: () => latest,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    isOver: () => closed || hasEnded,
    recall: (etag) => remembered.get(etag),
    invalidate(key, value) {
      if (running) missedKeys.add(key);
      else if (key === undefined || isAffected(key, value)) schedule(invalidationDelay());
    },
    close() {
      closed = true;
      clearTimeout(invalidationTimer);
      clearTimeout(timeTimer);
      clearTimeout(joinWait?.timer);
      joinWait?.end();
      for (const onChange of listeners) onChange();
    },
  };
}

/** Does the younger answer tell no more than the one before, but for its own instant? */
const isEquivalent = (before: Availability, answer: Availability) =>
  answer.computedAt - before.computedAt < REUSE_WITHIN &&
  JSON.stringify(before.freshness.sources) === JSON.stringify(answer.freshness.sources);
