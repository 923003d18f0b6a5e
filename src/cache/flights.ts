/**
 * Loads that readers share. A reader never gets what was loaded before it asked: it joins a load that began after that,
 * or the one that begins next. So a key is loaded once at a time, with at most one load more waiting for it.
 */
import type { VersionedEntry } from './port.ts';

export type Load = (keys: string[]) => Promise<VersionedEntry[]>;

/** By key; what the store doesn't know is absent. */
type Loaded = ReadonlyMap<string, VersionedEntry>;

interface Flight {
  /** Orders flights and readers; null: not yet begun, so that keys may still be added. */
  began: number | null;
  keys: Set<string>;
  loaded: Promise<Loaded>;
  /** Begins when this one ends. */
  next: Flight | null;
}

export interface Flights {
  /** The moment of a reader's question, to be handed to `load`. */
  ask(): number;
  load(keys: readonly string[], asked: number): Promise<VersionedEntry[]>;
}

/** @param land called once for each load that came back, with all its entries. */
export function createFlights(load: Load, land: (entries: VersionedEntry[]) => void): Flights {
  /** The flight of each key that is in the air. */
  const running = new Map<string, Flight>();
  let moments = 0;

  async function begin(flight: Flight): Promise<Loaded> {
    flight.began = ++moments;
    for (const key of flight.keys) running.set(key, flight);
    try {
      const entries = await load([...flight.keys]);
      land(entries);
      return new Map(entries.map((entry) => [entry.key, entry]));
    } finally {
      for (const key of flight.keys) if (running.get(key) === flight) running.delete(key);
    }
  }

  function newFlight(keys: Iterable<string>, before?: Flight): Flight {
    const flight: Flight = { began: null, keys: new Set(keys), loaded: NOTHING, next: null };
    const go = () => begin(flight);
    flight.loaded = before ? before.loaded.then(go, go) : go();
    return flight;
  }

  /** The flight to wait for; null: none will do. */
  function join(key: string, asked: number): Flight | null {
    const flight = running.get(key);
    if (!flight || (flight.began !== null && flight.began > asked)) return flight ?? null;
    flight.next ??= newFlight([], flight);
    flight.next.keys.add(key);
    return flight.next;
  }

  return {
    ask: () => ++moments,
    async load(keys, asked) {
      const flights = keys.map((key) => join(key, asked));
      const alone = keys.filter((_, i) => flights[i] === null);
      const own = alone.length > 0 ? newFlight(alone) : null;
      const landed = await Promise.all(flights.map((flight) => (flight ?? own)?.loaded));
      return keys.flatMap((key, i) => landed[i]?.get(key) ?? []);
    },
  };
}

const NOTHING: Promise<Loaded> = Promise.resolve(new Map());
