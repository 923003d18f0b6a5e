/**
 * Loads that readers share. A reader never gets what was loaded before it asked: it joins a load that began after that,
 * or the one that begins next. So a key is loaded once at a time, with at most one load more waiting for it.
 */
import DataLoader from 'dataloader';
import { createSingleFlight } from '../async/single-flight.ts';
import type { VersionedEntry } from './port.ts';

/** Entries of these keys; what the store doesn't know is left out. */
export type LoadEntries = (keys: string[]) => Promise<VersionedEntry[]>;

export interface CacheLoads {
  /** The moment of a reader's question, to be handed to `load`. */
  now(): number;
  load(keys: readonly string[], notBefore: number): Promise<VersionedEntry[]>;
}

/** @param onLoaded called once for each load that came back, with all its entries. */
export function createCacheLoads(
  load: LoadEntries,
  onLoaded: (entries: VersionedEntry[]) => void,
): CacheLoads {
  /** Orders questions and loads. */
  let time = 0;

  /** Keys whose turn comes together are loaded together. */
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
