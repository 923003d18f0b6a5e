/** Group commit: items that arrive while a batch is running form the next batch. */

export interface Batcher<T> {
  /** Settles with the batch that contains `item`. Once `signal` fires, the item may be left out. */
  add(item: T, signal: AbortSignal): Promise<void>;
}

interface Waiting<T> {
  item: T;
  signal: AbortSignal;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * @param work processes all of `items` or none. When a batch fails, its items are tried one by one, so that a bad one
 * doesn't fail the others.
 */
export function createBatcher<T>(work: (items: T[]) => Promise<void>, maxBatch: number): Batcher<T> {
  let waiting: Waiting<T>[] = [];
  let running = false;

  async function run(batch: Waiting<T>[]): Promise<void> {
    const active = batch.filter(({ signal, reject }) => {
      if (signal.aborted) reject(signal.reason);
      return !signal.aborted;
    });
    if (active.length === 0) return;
    try {
      await work(active.map(({ item }) => item));
      for (const { resolve } of active) resolve();
    } catch (error) {
      if (active.length > 1) for (const each of active) await run([each]);
      else for (const { reject } of active) reject(error);
    }
  }

  async function drain(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      await run(batch);
    }
    running = false;
  }

  return {
    add: (item, signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, signal, resolve, reject });
        if (!running) void drain();
      }),
  };
}
