/** One live query of a gateway and its answers: computed once per change, however many viewers share it. */

import { backoffDelay } from '../async/backoff.ts';
import { SlotwireError } from '../errors.ts';
import type { Log } from '../log.ts';
import { ANY_CHANGE, affects, changeBetween } from '../offers/changes.ts';
import type { Availability } from '../offers/query.ts';
import type { SourceValue } from '../offers/sources.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { differs, type KnownSlots } from './delta.ts';
import { createJoinWindow } from './join-window.ts';
import { createRememberedSlots, type SaveSlots } from './remembered-slots.ts';

/** Invalidations of one message come within this many milliseconds, and lead to one computation. */
export const MESSAGE_WINDOW = 2;
/** After a computation's start the next invalidation is acted upon so many milliseconds later, at the earliest. */
export const COALESCE_WINDOW = 25;
/** After an answer that was news the next invalidation is acted upon so many milliseconds later: the longest that a burst is coalesced. */
export const BURST_WINDOW = 100;
/** An answer this young, computed from the very same sources, is given again rather than rendered anew. */
const REUSE_WITHIN = 250;
const RETRY = { first: 250, max: 10_000, jitter: 0 };
/** The longest that a timer may run: Node's own limit is 2^31 − 1. */
const TIMEOUT_MAX = 2_000_000_000;

/** An answer and its place in the order of computation. */
export interface Revision {
  sequence: number;
  answer: Availability;
}

export interface SharedQuery {
  /**
   * An answer whose computation started after this call, so that a new viewer gets nothing older than a query would have
   * given, even while invalidations are under way. The answer before it when none can be computed; rejects when there
   * never was one, or what was asked about is gone.
   */
  current(): Promise<Revision>;
  /** Null before the first. */
  latest(): Revision | null;
  /** `onChange` is called at each latest answer that is news beside the one before, and when there will be no more. */
  subscribe(onChange: () => void): () => void;
  /** True when no more answers will come: it was closed, or what was asked about is gone; the last one has no slots then. */
  isOver(): boolean;
  /** The slots that an earlier etag stood for, if they are still remembered. */
  recall(etag: string): KnownSlots | undefined;
  /** Whether a client that holds the slots of this answer knows its facts as well; false when that can't be said. */
  holdsFacts(answer: Availability): Promise<boolean>;
  /**
   * The value under this key has changed, to `value` unless that was not loaded; without a key, any may have. It is
   * compared with what the answer was computed from: a value may have changed and changed back.
   */
  invalidate(key?: string, value?: SourceValue | null): void;
  close(): void;
}

export interface SharedQueryDeps {
  /** Throws SlotwireError NOT_FOUND or BAD_USER_INPUT when what is asked about is not there, or no longer. */
  compute: () => Promise<Availability>;
  /** The last answer to viewers of `last`, when what they asked about is gone. */
  finalResult: (last: Availability) => Availability;
  /** From now on invalidations of these keys concern the query; null: all of them do. */
  subscribeToKeys: (keys: readonly string[] | null) => void;
  /** Slots and facts that viewers hold from now on. Never rejects. */
  saveSlots: SaveSlots;
  clock: Clock;
  log: Log;
}

/**
 * The life of a query:
 *
 *                 invalidated                  timer
 *        current ─────────────▶ outdated ────────────────▶ computing
 *         │   ▲                  ▲    ▲                     │  │  │
 *         │   │                  │    └─ invalidated while ─┘  │  │
 *         │   │                  │       computing, or failed  │  │
 *         │   └──────────────────┼──── answered ───────────────┘  │
 *         │                      │                                │
 *         └─ changesAt, or a new viewer ──────────▶ computing     │ what is asked about is gone
 *                                                                 ▼
 *        any state ── close() ────────────────────────────────▶ ended
 *
 * A new viewer also ends `outdated` at once: the computation that starts then has seen every invalidation before it.
 * An ended query still computes an answer for a caller of `current`.
 */
type State =
  /** The latest answer stands, until the timer fires at its `changesAt`. Also the state before the first answer. */
  | { is: 'current'; timer?: NodeJS.Timeout | undefined }
  /** A computation starts when the timer fires. */
  | { is: 'outdated'; timer: NodeJS.Timeout; failures: number }
  /** `invalidated`: keys whose values changed meanwhile, which the computation may have missed; undefined: any. */
  | { is: 'computing'; result: Promise<Revision>; invalidated: Set<string | undefined>; failures: number }
  | { is: 'ended'; because: 'closed' | 'gone'; result: Promise<Revision> | null };

export function createSharedQuery(deps: SharedQueryDeps): SharedQuery {
  const { compute, finalResult, subscribeToKeys, saveSlots, clock, log } = deps;
  let state: State = { is: 'current' };
  let latest: Revision | null = null;
  /** When the latest computation began. */
  let startedAt: Instant = Number.NEGATIVE_INFINITY;
  /** When the latest answer became one that was news. */
  let changedAt: Instant = Number.NEGATIVE_INFINITY;
  /** When time alone makes another answer of what was computed last; null: not by time. */
  let changesAt: Instant | null = null;
  const listeners = new Set<() => void>();
  const remembered = createRememberedSlots(saveSlots);
  const joinWindow = createJoinWindow({ start: startComputation, underWay, clock });

  /** The only way from one state to another. At most one timer runs, the present state's. */
  function enter(next: State) {
    if ('timer' in state) clearTimeout(state.timer);
    state = next;
  }

  function enterCurrent() {
    const timer = changesAt === null ? undefined : startAfter(changesAt - clock.now());
    enter({ is: 'current', timer });
  }

  /** @param wait milliseconds; shorter when time alone changes the answer before that. */
  function enterOutdated(wait: number, failures: number) {
    const now = clock.now();
    const untilChange = changesAt !== null && changesAt > now ? changesAt - now : wait;
    enter({ is: 'outdated', timer: startAfter(Math.min(wait, untilChange)), failures });
  }

  function startAfter(ms: number): NodeJS.Timeout {
    const start = () => void startComputation().catch(() => undefined);
    return setTimeout(start, Math.min(Math.max(ms, 1), TIMEOUT_MAX));
  }

  function underWay(): Promise<Revision> | null {
    return state.is === 'computing' || state.is === 'ended' ? state.result : null;
  }

  const isClosed = () => state.is === 'ended' && state.because === 'closed';

  /** Or joins the computation under way. */
  function startComputation(): Promise<Revision> {
    const before = underWay();
    if (before) return before;
    joinWindow.started();
    startedAt = clock.now();
    if (!isClosed()) subscribeToKeys(null);
    const result = compute().then(onAnswer, onFailure);
    if (state.is === 'ended') enter({ ...state, result });
    else {
      const failures = state.is === 'outdated' ? state.failures : 0;
      enter({ is: 'computing', result, invalidated: new Set(), failures });
    }
    return result;
  }

  function onAnswer(answer: Availability): Revision {
    const isFirst = latest === null;
    const isNews = latest === null || differs(latest.answer, answer);
    const revision = accept(answer, isNews);
    const keys = [...answer.dependencies.keys()];
    if (!isClosed()) subscribeToKeys(keys);
    if (state.is === 'computing') {
      const { invalidated } = state;
      // Only now is it known which keys matter: the answer before may have been computed from others.
      if (invalidated.has(undefined) || keys.some((key) => invalidated.has(key))) {
        enterOutdated(invalidationDelay(), 0);
      } else enterCurrent();
    } else if (state.is === 'ended') enter({ ...state, result: null });
    if (isNews && !isFirst) changedAt = clock.now();
    if (isNews) notify();
    return revision;
  }

  /** Viewers hold an answer that may be outdated now, so another attempt follows. Without one, callers learn why there is none. */
  function onFailure(error: unknown): never {
    if (state.is === 'ended') enter({ ...state, result: null });
    else if (latest === null) enterCurrent();
    else if (isGoneBy(error)) endAsGone(latest.answer);
    else {
      const failures = state.is === 'computing' ? state.failures : 0;
      log.warn({ err: error }, 'live answer not computed; trying again');
      enterOutdated(backoffDelay(RETRY, failures), failures + 1);
    }
    throw error;
  }

  /** Viewers must not go on looking at slots of what is gone. */
  function endAsGone(last: Availability) {
    enter({ is: 'ended', because: 'gone', result: null });
    const answer = finalResult(last);
    accept(answer, differs(last, answer));
    subscribeToKeys([...answer.dependencies.keys()]);
    notify();
  }

  /** Makes it the latest answer, unless the one before is as good. */
  function accept(answer: Availability, isNews: boolean): Revision {
    const before = latest;
    changesAt = answer.changesAt;
    if (isNews) remembered.add(answer);
    if (before && !isNews && isEquivalent(before.answer, answer)) return before;
    // Viewers hold on to the answer that they came with: the same slots needn't be there once for each.
    const slots = before?.answer.etag === answer.etag ? before.answer.slots : answer.slots;
    latest = { sequence: (before?.sequence ?? 0) + 1, answer: { ...answer, slots } };
    return latest;
  }

  function notify() {
    for (const onChange of listeners) onChange();
  }

  function isAffected(key: string, value: SourceValue | null | undefined): boolean {
    if (!latest?.answer.dependencies.has(key)) return false;
    const { dependencies, dependencySpan, complete, issues } = latest.answer;
    const change = value === undefined ? ANY_CHANGE : changeBetween(dependencies.get(key), value);
    return affects(change, dependencySpan, complete && issues.length === 0);
  }

  /** A query that was quiet is computed at once: the first change of a burst waits for no other. */
  function invalidationDelay(): number {
    const next = Math.max(startedAt + COALESCE_WINDOW, changedAt + BURST_WINDOW);
    return Math.min(Math.max(MESSAGE_WINDOW, next - clock.now()), BURST_WINDOW);
  }

  return {
    async current() {
      try {
        return await joinWindow.join();
      } catch (error) {
        const isGone = state.is === 'ended' && state.because === 'gone';
        if (latest && !isGone) return latest;
        throw error;
      }
    },
    latest: () => latest,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    isOver: () => state.is === 'ended',
    recall: remembered.find,
    holdsFacts: remembered.holdsFacts,
    invalidate(key, value) {
      if (state.is === 'computing') state.invalidated.add(key);
      else if (state.is === 'current' && (key === undefined || isAffected(key, value))) {
        enterOutdated(invalidationDelay(), 0);
      }
    },
    close() {
      enter({ is: 'ended', because: 'closed', result: underWay() });
      joinWindow.close();
      notify();
    },
  };
}

/** The event type is gone, or has no such length any more. */
const isGoneBy = (error: unknown) =>
  error instanceof SlotwireError && (error.code === 'NOT_FOUND' || error.code === 'BAD_USER_INPUT');

/** Does the younger answer tell no more than the one before, but for its own instant? */
const isEquivalent = (before: Availability, answer: Availability) =>
  answer.computedAt - before.computedAt < REUSE_WITHIN &&
  JSON.stringify(before.freshness.sources) === JSON.stringify(answer.freshness.sources);
