/**
 * Watches one window for as long as it is shown: subscribes, resumes after the last etag, retries for ever, and polls the
 * plain query while no subscription stays open. The documents decide which fields are queried.
 *
 *     connecting ──first event, or transport opened on a resumed etag──▶ live
 *     live ──ended──▶ connecting ──5 s──▶ connecting, polled every 30 s
 */
import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { LiveClient } from './client.ts';
import type { Document, Fault, Transport } from './operation.ts';
import { onReturn } from './returning.ts';
import {
  type AnyAnswer,
  type Applied,
  type AvailabilityEvent,
  applyAnswer,
  applyEvent,
  NO_CHANGE,
  type SlotChange,
} from './slots.ts';
import { createTimers, type Wait, waitOnClock } from './timers.ts';

/** An event type's id and the window [from, to) in RFC 3339. */
export interface AvailabilityWindow {
  readonly eventType: string;
  readonly from: string;
  readonly to: string;
  /** Token of the booking that is being moved: its own time doesn't block. */
  readonly rescheduling?: string;
  /** One of the event type's lengths, ISO 8601; absent: its first. */
  readonly length?: string;
}

/** The documents of a window. Both must select the same fields of an answer, and `live` the same fields of a delta. */
export interface Documents<A extends AnyAnswer> {
  readonly live: Document<
    { readonly availability: AvailabilityEvent<A> },
    { input: AvailabilityWindow; resumeAfter: string | null }
  >;
  readonly now: Document<{ readonly availability: A }, { input: AvailabilityWindow }>;
  /** An answer that is there already, until one comes; absent or null: none. */
  readonly first?: A | null;
}

/** The state of a watched window at one moment. */
export interface LiveView<A extends AnyAnswer> {
  /** What the query would have answered when the last event was sent; null until the first answer. */
  readonly held: A | null;
  /** How `held` differs from the view before. */
  readonly change: SlotChange;
  /** Changes come by themselves; while it is false, some may be missed. */
  readonly live: boolean;
  /** The transport that carries the changes; null while none is open. */
  readonly over: Transport | null;
  /** Why there is nothing newer than `held` yet, while the watch goes on trying; null while it is live or has met nothing. */
  readonly delayed: Fault | null;
  /** Why the watch has ended, when a retry would fail the same way; no view comes after it. Null while it goes on. */
  readonly fault: Fault | null;
}

export interface WatchDeps {
  /** In [0, 1). */
  readonly random: () => number;
  readonly wait: Wait;
  /** Calls `then` each time that a retry is worth trying at once. @returns stop. */
  readonly onReturn: (then: () => void) => () => void;
}

/**
 * For the end of a server, which all its viewers see at once. With 2 s at first, 10,000 viewers come back as 5,000 a second,
 * with half a second as 20,000. The page still shows its times meanwhile, so a longer wait costs the visitor little.
 */
const CROWD_BACKOFF: Backoff = { first: 2_000, max: 30_000, jitter: 1 };

/** How long a watch waits to be live before it polls, and how often it polls then; jitter adds up to as much again. Milliseconds. */
export const POLL_AFTER = 5_000;
export const POLL_INTERVAL = 30_000;
/** A subscription that stayed live this long ends a series of failures. Milliseconds. */
export const STABLE_AFTER = 10_000;
/** Codes that a retry would meet again, unless the fault says when to retry. */
const FINAL_CODES = new Set([
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TOO_COSTLY',
  'PROTOCOL',
  'CLOSED',
]);
const isFinal = (fault: Fault | null): fault is Fault =>
  fault !== null && fault.retryAfter === undefined && FINAL_CODES.has(fault.code);

const BROWSER_DEPS: WatchDeps = { random: Math.random, wait: waitOnClock, onReturn };

/** @returns stop; `onView` is not called after it. */
export function watch<A extends AnyAnswer>(
  client: Pick<LiveClient, 'request' | 'subscribe'>,
  documents: Documents<A>,
  window: AvailabilityWindow,
  onView: (view: LiveView<A>) => void,
  deps: WatchDeps = BROWSER_DEPS,
): () => void {
  let held: A | null = documents.first ?? null;
  /** The etag that the running subscription resumed after; null when it asked for a snapshot. */
  let resumed: string | null = null;
  let stopped = false;
  let open = false;
  let over: Transport | null = null;
  let receivedEvent = false;
  let live = false;
  let delayed: Fault | null = null;
  let attempt = 0;
  /** Retries at once instead of after the backoff; null while the server's own wait must be honoured. */
  let retryNow: (() => void) | null = null;
  let unsubscribe = () => {};
  const timers = createTimers(deps.wait);
  /** From once to twice `ms`, so that viewers who lost their server together don't poll together. */
  const jittered = (ms: number) => jitterBetween(ms, 2 * ms, deps.random);

  function notify(change: SlotChange = NO_CHANGE, fault: Fault | null = null): void {
    live = fault === null && over !== null && held !== null && (receivedEvent || held.etag === resumed);
    if (live) timers.cancel('poll');
    else if (!fault) timers.start('poll', jittered(POLL_AFTER), poll);
    if (live) delayed = null;
    onView({ held, change, live, over, delayed, fault });
  }

  function apply(applied: Applied<A>): boolean {
    if (applied.kind === 'out-of-step') return false;
    held = applied.held;
    notify(applied.change);
    return true;
  }

  function start(resumeAfter: string | null): void {
    [open, over, receivedEvent, resumed, retryNow] = [true, null, false, resumeAfter, null];
    timers.cancel('retry');
    timers.restart('steady', STABLE_AFTER, () => {
      if (live) attempt = 0;
    });
    unsubscribe = client.subscribe(
      documents.live,
      { input: window, resumeAfter },
      {
        opened(transport) {
          over = transport;
          notify();
        },
        next({ availability }) {
          receivedEvent = true;
          if (apply(applyEvent(held, availability))) return;
          unsubscribe();
          retryLater(null);
        },
        ended(fault, wait) {
          if (isFinal(fault)) return finish(fault);
          delayed = fault ?? delayed;
          retryLater(held?.etag ?? null, wait);
        },
      },
    );
    notify();
  }

  function retryLater(resumeAfter: string | null, atLeast = 0): void {
    [open, over] = [false, null];
    const retry = () => start(resumeAfter === null ? null : (held?.etag ?? null));
    retryNow = atLeast > 0 ? null : retry;
    // The backoff comes on top of the server's own wait, which is the same for all viewers.
    timers.restart('retry', atLeast + backoffDelay(CROWD_BACKOFF, attempt, deps.random), retry);
    attempt += 1;
    notify();
  }

  async function poll(): Promise<void> {
    const reply = await client.request(documents.now, { input: window });
    if (stopped || live) return;
    if (!reply.ok && isFinal(reply.fault)) return finish(reply.fault);
    timers.restart(
      'poll',
      jittered(Math.max(POLL_INTERVAL, (!reply.ok && reply.fault.retryAfter) || 0)),
      poll,
    );
    if (!reply.ok) {
      delayed = reply.fault;
      return notify();
    }
    delayed = null;
    apply(applyAnswer(held, reply.data.availability));
    // The subscription resumed after an etag that is no longer held: the server might send nothing, so it starts anew.
    if (open && resumed !== null && resumed !== held?.etag) {
      unsubscribe();
      start(held?.etag ?? null);
    }
  }

  function stop(): void {
    [open, over, stopped] = [false, null, true];
    timers.cancelAll();
    removeReturnListener();
    unsubscribe();
  }

  function finish(fault: Fault): void {
    stop();
    notify(NO_CHANGE, fault);
  }

  const removeReturnListener = deps.onReturn(() => {
    attempt = 0;
    retryNow?.();
  });
  start(null);
  return stop;
}
