/** Timers by name, at most one of each name. */

/** Runs `then` after so many milliseconds, unless cancelled. */
export type Wait = (ms: number, then: () => void) => () => void;

export const waitOnClock: Wait = (ms, then) => {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
};

export interface Timers {
  /** Leaves a running timer as it is. */
  start(name: string, ms: number, then: () => void): void;
  restart(name: string, ms: number, then: () => void): void;
  /** @returns whether it ran. */
  cancel(name: string): boolean;
  cancelAll(): void;
}

export function createTimers(wait: Wait): Timers {
  const running = new Map<string, () => void>();
  const timers: Timers = {
    start(name, ms, then) {
      if (!running.has(name)) timers.restart(name, ms, then);
    },
    restart(name, ms, then) {
      timers.cancel(name);
      const cancel = wait(ms, () => {
        running.delete(name);
        then();
      });
      running.set(name, cancel);
    },
    cancel(name) {
      running.get(name)?.();
      return running.delete(name);
    },
    cancelAll() {
      for (const name of [...running.keys()]) timers.cancel(name);
    },
  };
  return timers;
}
