/** Group commit: what comes while something is under way waits for it, and is then done in one go. */

export interface Batches<T> {
  /** Settles as the batch did that held `item`. Once `signal` fires nobody waits, and it may be left out. */
  add(item: T, signal: AbortSignal): Promise<void>;
}

interface Waiting<T> {
  item: T;
  signal: AbortSignal;
  resolve(): void;
  reject(error: unknown): void;
}

/** @param work does all of `items` or none; one of them that it can't do must not fail the others, so each is tried alone then. */
export function createBatches<T>(work: (items: T[]) => Promise<void>, most: number): Batches<T> {
  let waiting: Waiting<T>[] = [];
  let running = false;

  async function run(batch: Waiting<T>[]): Promise<void> {
    const wanted = batch.filter(({ signal, reject }) => {
      if (signal.aborted) reject(signal.reason);
      return !signal.aborted;
    });
    if (wanted.length === 0) return;
    try {
      await work(wanted.map(({ item }) => item));
      for (const { resolve } of wanted) resolve();
    } catch (error) {
      if (wanted.length > 1) for (const each of wanted) await run([each]);
      else for (const { reject } of wanted) reject(error);
    }
  }

  async function drain(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
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
