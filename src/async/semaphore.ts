/** Bounds how much work runs at once; further work waits in the order of its arrival. */
export interface Semaphore {
  /** Runs `work` once a permit is free. @throws what the work rejects with. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSemaphore(permits: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = permits;
  return {
    async run(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        // The permit is handed on directly: work that arrives in this moment must not overtake.
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
