/** Mutual exclusion by key, within one process, for work that needs several keys at once. */
export interface KeyedMutex {
  /**
   * Resolves when all who asked before for any of these keys have released them.
   * @returns whether there was anything to wait for, and what releases the keys; to call that again does nothing
   */
  acquire(keys: readonly string[]): Promise<{ waited: boolean; release(): void }>;
}

export function createKeyedMutex(): KeyedMutex {
  /** By key, the release of the last one who asked for it. */
  const last = new Map<string, Promise<void>>();
  return {
    async acquire(keys) {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      // All keys are asked for in one go, so that no two wait for each other.
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
