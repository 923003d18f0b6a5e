/**
 * Watches one window for as long as it is shown: subscribes, resumes after the last etag, tries again for ever, and asks
 * the plain query while no subscription will stay up. What is asked is the documents' affair.
 *
 *     connecting ──first event, or carried on a resumed etag──▶ live
 *     live ──ended──▶ connecting ──5 s──▶ connecting, polled every 30 s
 */
import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { Document, Fault, Transport } from './answer.ts';
import type { LiveClient } from './client.ts';
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
export interface Window {
  readonly eventType: string;
  readonly from: string;
  readonly to: string;
  /** Token of the booking to be moved: its own time doesn't block. */
  readonly rescheduling?: string;
}

/** What is asked of a window. Both must ask the same of an answer; of a delta, all that they ask of an answer. */
export interface Documents<A extends AnyAnswer> {
  readonly live: Document<
    { readonly availability: AvailabilityEvent<A> },
    { input: Window; resumeAfter: string | null }
  >;
  readonly now: Document<{ readonly availability: A }, { input: Window }>;
}

/** What is known of a window, at one moment. */
export interface LiveView<A extends AnyAnswer> {
  /** What the query would have answered when the last event was sent; null until the first answer. */
  readonly held: A | null;
  /** What this very view changed. */
  readonly change: SlotChange;
  /** False while changes may be missed. */
  readonly live: boolean;
  /** What carries the changes, while something does. */
  readonly over: Transport | null;
  /** Set when it makes no sense to try again: nothing is told after it. */
  readonly fault: Fault | null;
}

export interface WatchDeps {
  /** In [0, 1). */
  readonly random: () => number;
  readonly wait: Wait;
  /** Calls back each time that it is worth trying at once. @returns stop. */
  readonly onReturn: (then: () => void) => () => void;
}

/**
 * For what a server's end tells to all viewers at once. With 2 s at first, 10,000 viewers come back as 5,000 a second, with
 * half a second as 20,000; their times stay on the page meanwhile, so nobody looks at nothing.
 */
const CROWD_BACKOFF: Backoff = { first: 2_000, most: 30_000, jitter: 1 };

/** How long a page waits to be live before it asks by itself, and how often it asks then: up to twice as long. Milliseconds. */
export const PATIENCE = 5_000;
export const POLL_EVERY = 30_000;
/** A subscription that lasted this long ends a series of failures. Milliseconds. */
export const STEADY = 10_000;
/** Trying again would end the same way, unless the fault says when to. */
const FINAL = new Set(['NOT_FOUND', 'BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN', 'PROTOCOL', 'CLOSED']);
const isFinal = (fault: Fault | null): fault is Fault =>
  fault !== null && fault.retryAfter === undefined && FINAL.has(fault.code);

const browser: WatchDeps = { random: Math.random, wait: waitOnClock, onReturn };

/** @returns stop; nothing is told after it. */
export function watch<A extends AnyAnswer>(
  client: Pick<LiveClient, 'request' | 'subscribe'>,
  documents: Documents<A>,
  window: Window,
  tell: (view: LiveView<A>) => void,
  deps: WatchDeps = browser,
): () => void {
  let held: A | null = null;
  /** The etag the running subscription resumed after; null when it asked for a snapshot. */
  let resumed: string | null = null;
  let stopped = false;
  let open = false;
  let over: Transport | null = null;
  let heard = false;
  let live = false;
  let attempt = 0;
  /** What to do instead of waiting on, when the server didn't ask to wait. */
  let hurry: (() => void) | null = null;
  let unsubscribe = () => {};
  const timers = createTimers(deps.wait);
  /** From once to twice: those who fell together don't ask together. */
  const spread = (ms: number) => jitterBetween(ms, 2 * ms, deps.random);

  function show(change: SlotChange = NO_CHANGE, fault: Fault | null = null): void {
    live = fault === null && over !== null && held !== null && (heard || held.etag === resumed);
    if (live) timers.cancel('poll');
    else if (!fault) timers.start('poll', spread(PATIENCE), poll);
    tell({ held, change, live, over, fault });
  }

  function accept(applied: Applied<A>): boolean {
    if (applied.kind === 'out-of-step') return false;
    held = applied.held;
    show(applied.change);
    return true;
  }

  function start(resumeAfter: string | null): void {
    [open, over, heard, resumed, hurry] = [true, null, false, resumeAfter, null];
    timers.cancel('retry');
    timers.restart('steady', STEADY, () => {
      if (live) attempt = 0;
    });
    unsubscribe = client.subscribe(
      documents.live,
      { input: window, resumeAfter },
      {
        opened(by) {
          over = by;
          show();
        },
        next({ availability }) {
          heard = true;
          if (accept(applyEvent(held, availability))) return;
          unsubscribe();
          again(null);
        },
        ended(fault, wait) {
          if (isFinal(fault)) finish(fault);
          else again(held?.etag ?? null, wait);
        },
      },
    );
    show();
  }

  function again(resumeAfter: string | null, atLeast = 0): void {
    [open, over] = [false, null];
    const go = () => start(resumeAfter === null ? null : (held?.etag ?? null));
    hurry = atLeast > 0 ? null : go;
    // On top of what the server asks for: it asks all viewers for the same.
    timers.restart('retry', atLeast + backoffDelay(CROWD_BACKOFF, attempt, deps.random), go);
    attempt += 1;
    show();
  }

  async function poll(): Promise<void> {
    const reply = await client.request(documents.now, { input: window });
    if (stopped || live) return;
    if (!reply.ok && isFinal(reply.fault)) return finish(reply.fault);
    timers.restart('poll', spread(Math.max(POLL_EVERY, (!reply.ok && reply.fault.retryAfter) || 0)), poll);
    if (!reply.ok) return;
    accept(applyAnswer(held, reply.data.availability));
    // Resuming after an etag that is no longer held could be answered by silence.
    if (open && resumed !== null && resumed !== held?.etag) {
      unsubscribe();
      start(held?.etag ?? null);
    }
  }

  function halt(): void {
    [open, over, stopped] = [false, null, true];
    timers.cancelAll();
    forget();
    unsubscribe();
  }

  function finish(fault: Fault): void {
    halt();
    show(NO_CHANGE, fault);
  }

  const forget = deps.onReturn(() => {
    attempt = 0;
    hurry?.();
  });
  start(null);
  return halt;
}
