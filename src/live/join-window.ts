/** Callers who share computations: one who comes too late for the computation under way waits a moment for others to join, and shares the next one with them. */
import type { Clock, Instant } from '../time/clock.ts';

/** Callers within so many milliseconds of a computation's start share the next one. */
export const JOIN_WINDOW = 25;

export interface JoinWindowDeps<T> {
  /** Starts a computation, or joins the one under way. */
  start(): Promise<T>;
  /** The computation under way; null: none. */
  underWay(): Promise<T> | null;
  clock: Clock;
}

export interface JoinWindow<T> {
  /** The result of a computation that starts after this call. Settles as that computation does. */
  join(): Promise<T>;
  /** To be called at the start of each computation, whatever its reason. */
  started(): void;
  /** Ends the wait: from now on no caller waits for others. */
  close(): void;
}

export function createJoinWindow<T>({ start, underWay, clock }: JoinWindowDeps<T>): JoinWindow<T> {
  let startedAt: Instant = Number.NEGATIVE_INFINITY;
  /** What the callers who wait will share. */
  let next: Promise<T> | null = null;
  let endWait: (() => void) | null = null;
  let closed = false;

  const settled = async (computation: Promise<T> | null) => {
    await computation?.catch(() => undefined);
  };

  /** Resolves when the window of the last computation is over. */
  async function waitForOthers(): Promise<void> {
    const rest = Math.min(JOIN_WINDOW, startedAt + JOIN_WINDOW - clock.now());
    if (rest <= 0 || closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, rest);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    endWait = null;
  }

  async function startNext(): Promise<T> {
    await settled(underWay());
    await waitForOthers();
    // A computation that an invalidation started meanwhile is older than some of the callers.
    while (underWay()) await settled(underWay());
    next = null;
    return start();
  }

  return {
    join() {
      if (!underWay() && clock.now() - startedAt >= JOIN_WINDOW) return start();
      next ??= startNext();
      return next;
    },
    started() {
      startedAt = clock.now();
    },
    close() {
      closed = true;
      endWait?.();
    },
  };
}
