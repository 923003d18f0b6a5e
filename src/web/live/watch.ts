/**
 * Watches the availability of one window for as long as it is shown: subscribes, resumes after the last etag, tries again
 * for ever, and asks the plain query while no socket will stay up.
 *
 *     connecting ──first event, or socket up on a resumed etag──▶ live
 *     live ──ended, or socket down──▶ connecting ──5 s──▶ connecting, polled every 30 s
 */
import { AvailabilityLiveDocument, AvailabilityNowDocument } from '../gql/documents.ts';
import { fullJitter } from './backoff.ts';
import type { Fault, LiveClient } from './client.ts';
import {
  type Applied,
  applyAnswer,
  applyEvent,
  type LiveSlots,
  NO_CHANGE,
  type SlotChange,
} from './slots.ts';

/** An event type's id and the window [from, to) in RFC 3339. */
export interface Window {
  readonly eventType: string;
  readonly from: string;
  readonly to: string;
  /** Token of the booking to be moved: its own time doesn't block. */
  readonly rescheduling?: string;
}

export interface LiveView {
  /** Null until the first answer. */
  readonly held: LiveSlots | null;
  /** What this very view changed. */
  readonly change: SlotChange;
  /** False while changes may be missed. */
  readonly live: boolean;
  /** Set when it makes no sense to try again: the event type is gone, or the window is refused. */
  readonly fault: Fault | null;
}

export interface WatchDeps {
  /** In [0, 1). */
  readonly random: () => number;
  /** Runs `then` after so many milliseconds, unless cancelled. */
  readonly wait: (ms: number, then: () => void) => () => void;
}

/** How long a page waits for its socket before it asks by itself, and how often it asks then. Milliseconds. */
export const PATIENCE = 5_000;
export const POLL_EVERY = 30_000;
/** A subscription that lasted this long ends a series of failures. */
const STEADY = 10_000;
const FINAL = new Set(['NOT_FOUND', 'BAD_USER_INPUT']);

const browser: WatchDeps = {
  random: Math.random,
  wait: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** @returns stop; nothing is told after it. */
export function watchAvailability(
  client: LiveClient,
  window: Window,
  tell: (view: LiveView) => void,
  deps: WatchDeps = browser,
): () => void {
  let held: LiveSlots | null = null;
  /** The etag the running subscription resumed after; null when it asked for a snapshot. */
  let resumed: string | null = null;
  let stopped = false;
  let open = false;
  let up = false;
  let heard = false;
  let live = false;
  let attempt = 0;
  let unsubscribe = () => {};
  const timers = createTimers(deps.wait);

  function show(change: SlotChange = NO_CHANGE, fault: Fault | null = null): void {
    live = fault === null && open && up && held !== null && (heard || held.etag === resumed);
    if (live) timers.cancel('poll');
    else if (!fault) timers.start('poll', PATIENCE, poll);
    tell({ held, change, live, fault });
  }

  function accept(applied: Applied): boolean {
    if (applied.kind === 'out-of-step') return false;
    held = applied.held;
    show(applied.change);
    return true;
  }

  function start(resumeAfter: string | null): void {
    [open, heard, resumed] = [true, false, resumeAfter];
    timers.restart('steady', STEADY, () => {
      if (live) attempt = 0;
    });
    unsubscribe = client.subscribe(
      AvailabilityLiveDocument,
      { input: window, resumeAfter },
      {
        next({ availability }) {
          heard = true;
          if (accept(applyEvent(held, availability))) attempt = 0;
          else {
            unsubscribe();
            again(null);
          }
        },
        ended(fault) {
          if (fault && FINAL.has(fault.code)) finish(fault);
          else again(held?.etag ?? null, fault?.retryAfter);
        },
      },
    );
    show();
  }

  function again(resumeAfter: string | null, atLeast = 0): void {
    open = false;
    show();
    const pause = fullJitter(attempt, deps.random());
    attempt += 1;
    timers.restart('retry', Math.max(pause, atLeast), () =>
      start(resumeAfter === null ? null : (held?.etag ?? null)),
    );
  }

  async function poll(): Promise<void> {
    const reply = await client.request(AvailabilityNowDocument, { input: window });
    if (stopped || live) return;
    if (!reply.ok && FINAL.has(reply.fault.code)) return finish(reply.fault);
    timers.restart('poll', POLL_EVERY, poll);
    if (!reply.ok) return;
    accept(applyAnswer(held, reply.data.availability));
    // Resuming after an etag that is no longer held could be answered by silence.
    if (open && resumed !== null && resumed !== held?.etag) {
      unsubscribe();
      start(held?.etag ?? null);
    }
  }

  function finish(fault: Fault): void {
    [open, stopped] = [false, true];
    timers.cancelAll();
    unsubscribe();
    forget();
    show(NO_CHANGE, fault);
  }

  const forget = client.onSocket((now) => {
    up = now;
    if (open) show();
  });
  start(null);
  return () => {
    stopped = true;
    forget();
    timers.cancelAll();
    unsubscribe();
  };
}

/** Timers by name: one of each at most. */
function createTimers(wait: WatchDeps['wait']) {
  const running = new Map<string, () => void>();
  const cancel = (name: string) => {
    running.get(name)?.();
    running.delete(name);
  };
  const restart = (name: string, ms: number, then: () => void) => {
    cancel(name);
    running.set(
      name,
      wait(ms, () => {
        running.delete(name);
        then();
      }),
    );
  };
  return {
    cancel,
    restart,
    /** Leaves a running timer as it is. */
    start: (name: string, ms: number, then: () => void) => {
      if (!running.has(name)) restart(name, ms, then);
    },
    cancelAll: () => {
      for (const name of [...running.keys()]) cancel(name);
    },
  };
}
