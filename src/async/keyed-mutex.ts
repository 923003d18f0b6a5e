/** Mutual exclusion by key, within one process, for work that needs several keys at once. */
export interface KeyedMutex {
  /**
   * Resolves once all earlier callers for any of these keys have released them.
   * @returns whether the call had to wait, and a function that releases the keys; calling it again does nothing
   */
  acquire(keys: readonly string[]): Promise<{ waited: boolean; release(): void }>;
}

export function createKeyedMutex(): KeyedMutex {
  /** By key, the release of its latest caller. */
  const last = new Map<string, Promise<void>>();
  return {
    async acquire(keys) {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      // All keys are queued for in one step, so that no two callers can wait for each other.
      const before = keys.flatMap((key) => last.get(key) ?? []);
      for (const key of keys) last.set(key, released);
      await Promise.all(before);
      return {
        waited: before.length > 0,
        release() {
          release();
          for (const key of keys) if (last.get(key) === released) last.delete(key);
        },
      };
    },
  };
}
