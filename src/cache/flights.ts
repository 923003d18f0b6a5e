/**
 * Loads that readers share. A reader never gets what was loaded before it asked: it joins a load that began after that,
 * or the one that begins next. So a key is loaded once at a time, with at most one load more waiting for it.
 */
import DataLoader from 'dataloader';
import { createSingleFlight } from '../async/single-flight.ts';
import type { VersionedEntry } from './port.ts';

/** Entries of these keys; what the store doesn't know is left out. */
export type Load = (keys: string[]) => Promise<VersionedEntry[]>;

export interface Flights {
  /** The moment of a reader's question, to be handed to `load`. */
  ask(): number;
  load(keys: readonly string[], asked: number): Promise<VersionedEntry[]>;
}

/** @param land called once for each load that came back, with all its entries. */
export function createFlights(load: Load, land: (entries: VersionedEntry[]) => void): Flights {
  /** Orders questions and loads. */
  let moments = 0;

  /** Keys whose turn comes together are loaded together. */
  const batch = new DataLoader<string, VersionedEntry | null>(
    async (keys) => {
      const entries = await load([...keys]);
      land(entries);
      const found = new Map(entries.map((entry) => [entry.key, entry]));
      return keys.map((key) => found.get(key) ?? null);
    },
    { cache: false },
  );

  const flights = createSingleFlight<number, VersionedEntry | null>({
    work: (key) => batch.load(key),
    mode: (began, asked) => began > asked,
    starts: () => ++moments,
  });

  return {
    ask: () => ++moments,
    async load(keys, asked) {
      const entries = await Promise.all(keys.map((key) => flights.run(key, asked)));
      return entries.filter((entry) => entry !== null);
    },
  };
}
