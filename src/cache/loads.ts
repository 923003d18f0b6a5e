/**
 * Loads from the store that readers share. A reader never gets a value that was loaded before the reader asked: it joins
 * a load that started after that, or the next one. So each key is loaded once at a time, and at most one more load waits.
 */
import DataLoader from 'dataloader';
import { createSingleFlight } from '../async/single-flight.ts';
import type { VersionedEntry } from './port.ts';

/** Reads the entries of these keys. A key that the store doesn't know is left out. */
export type LoadEntries = (keys: string[]) => Promise<VersionedEntry[]>;

export interface CacheLoads {
  /** The logical time at which a reader asks, for `load`. */
  now(): number;
  /** Entries that were loaded after `notBefore`, in no order. @throws what the load throws. */
  load(keys: readonly string[], notBefore: number): Promise<VersionedEntry[]>;
}

/** @param onLoaded is called once for each load that succeeded, with all its entries. */
export function createCacheLoads(
  load: LoadEntries,
  onLoaded: (entries: VersionedEntry[]) => void,
): CacheLoads {
  /** A logical clock, which orders readers and loads. */
  let time = 0;

  /** Keys that are asked for in the same tick are loaded in one query. */
  const batch = new DataLoader<string, VersionedEntry | null>(
    async (keys) => {
      const entries = await load([...keys]);
      onLoaded(entries);
      const found = new Map(entries.map((entry) => [entry.key, entry]));
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false },
  );

  const loads = createSingleFlight<number, VersionedEntry | null>({
    work: (key) => batch.load(key),
    mode: (startedAt, notBefore) => startedAt > notBefore,
    starts: () => ++time,
  });

  return {
    now: () => ++time,
    async load(keys, notBefore) {
      const entries = await Promise.all(keys.map((key) => loads.run(key, notBefore)));
      return entries.filter((entry) => entry !== null);
    },
  };
}
