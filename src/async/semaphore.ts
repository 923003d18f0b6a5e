/** Lets only so much work run at once; the rest waits in the order in which it came. */
export interface Semaphore {
  /** Runs `work` once there is a place for it. @throws what the work rejects with. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSemaphore(places: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = places;
  return {
    async run(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        // The place is handed on: work that comes in this moment must not overtake.
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
