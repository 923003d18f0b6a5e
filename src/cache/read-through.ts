/** Versioned values for readers: from the cache where it has them under their own key, else loaded from the store. */
import DataLoader from 'dataloader';
import { createSingleFlight } from '../async/single-flight.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { readOwnValue, withOwnKey } from './own-key.ts';
import {
  type FoundValue,
  type KnownVersions,
  MixedUpReply,
  type Topics,
  type VersionedCache,
  type VersionedEntry,
} from './port.ts';

export interface ReadThrough {
  /**
   * One round trip to the cache for all keys, and one load from the store for the keys that the cache lacks. A key that
   * the store doesn't know is absent. A loaded value is never older than the store was at the time of this call.
   * @param versionOf the version that the reader has of a key: a value that is no newer may come without its bytes
   * @throws what `load` throws. A cache that can't be reached only costs time.
   */
  read(keys: readonly string[], versionOf?: VersionOf): Promise<Map<string, FoundValue>>;
  /**
   * Writes these entries to the cache, then publishes their invalidations.
   * @throws when either failed; both are tried. Publishing again does no harm.
   */
  publish(entries: readonly VersionedEntry[]): Promise<void>;
}

/** Undefined for a key of which the reader has no value. */
export type VersionOf = (key: string) => number | undefined;

export interface ReadThroughDeps {
  cache: VersionedCache;
  topics: Topics;
  load: LoadEntries;
  /** Milliseconds that the cache holds a value. */
  ttl: number;
  metrics: Pick<Metrics, 'cacheReads' | 'cacheMixUps'>;
  log: Log;
  /** Whether these bytes have the format of the present code; others count as a miss. Default: all have. */
  isCurrentFormat?(key: string, bytes: Buffer): boolean;
}

export function createReadThrough(deps: ReadThroughDeps): ReadThrough {
  const { cache, topics, load, ttl, metrics, log, isCurrentFormat = () => true } = deps;
  const reads = createFailureLog(log, 'cache not read: values come from the store', 'cache is read again');
  const writes = createFailureLog(log, 'cache not filled', 'cache is filled again');
  const loads = createCacheLoads(load, fillCache);
  let mixUpsReported = false;

  /** Readers don't wait for this: their values are right without it. */
  function fillCache(entries: VersionedEntry[]) {
    if (entries.length === 0 || !reads.isHealthy()) return;
    writeCache(entries).then(writes.succeeded, writes.failed);
  }

  const writeCache = (entries: readonly VersionedEntry[]) =>
    cache.write(
      entries.map((entry) => ({ ...entry, bytes: withOwnKey(entry.key, entry.bytes) })),
      ttl,
    );

  /** @returns null for a value that is another key's or has another format: a miss. */
  function checkValue(key: string, value: FoundValue | null | undefined): FoundValue | null {
    if (!value || value.bytes === null) return value ?? null;
    const own = readOwnValue(key, value.bytes);
    if (own === 'mixed up') reportMixUp(key);
    if (typeof own === 'string' || !isCurrentFormat(key, own.bytes)) return null;
    return { version: value.version, bytes: own.bytes };
  }

  function reportMixUp(key: string) {
    metrics.cacheMixUps.inc();
    if (!mixUpsReported) {
      log.error(
        { key },
        "cache answered with another key's value: this value and any other such come from the store",
      );
    }
    mixUpsReported = true;
  }

  /** @returns no values when the cache can't be reached. */
  async function readCache(
    keys: readonly string[],
    known: KnownVersions | undefined,
  ): Promise<readonly (FoundValue | null)[]> {
    try {
      const values = await cache.read(keys, known);
      reads.succeeded();
      return values;
    } catch (error) {
      if (error instanceof MixedUpReply) {
        reportMixUp(keys[0] ?? '');
        return [];
      }
      reads.failed(error);
      return [];
    }
  }

  function count(hits: number, misses: number) {
    if (hits > 0) metrics.cacheReads.inc({ result: 'hit' }, hits);
    if (misses > 0) metrics.cacheReads.inc({ result: 'miss' }, misses);
  }

  return {
    async read(requested, versionOf) {
      const keys = [...new Set(requested)];
      const found = new Map<string, FoundValue>();
      if (keys.length === 0) return found;
      const requestedAt = loads.now();
      const values = await readCache(keys, versionOf && keys.map(versionOf));
      const missing = keys.filter((key, i) => {
        const value = checkValue(key, values[i]);
        if (!value) return true;
        found.set(key, value);
        return false;
      });
      count(found.size, missing.length);
      if (missing.length === 0) return found;
      for (const { key, version, bytes } of await loads.load(missing, requestedAt)) {
        found.set(key, { version, bytes });
      }
      return found;
    },
    async publish(entries) {
      // The value first: a listener reads it as soon as the invalidation arrives.
      const written = await settled(writeCache(entries));
      const published = await settled(topics.publish(entries.map(({ key, version }) => ({ key, version }))));
      for (const outcome of [written, published]) if (outcome.status === 'rejected') throw outcome.reason;
    },
  };
}

/** Reads the entries of these keys. A key that the store doesn't know is left out. */
type LoadEntries = (keys: string[]) => Promise<VersionedEntry[]>;

/**
 * Loads from the store that readers share. A reader never gets a value that was loaded before the reader asked: it joins
 * a load that started after that, or the next one. So each key is loaded once at a time, and at most one more load waits.
 */
interface CacheLoads {
  /** The logical time at which a reader asks, for `load`. */
  now(): number;
  /** Entries that were loaded after `notBefore`, in no order. @throws what the load throws. */
  load(keys: readonly string[], notBefore: number): Promise<VersionedEntry[]>;
}

/** @param onLoaded is called once for each load that succeeded, with all its entries. */
function createCacheLoads(load: LoadEntries, onLoaded: (entries: VersionedEntry[]) => void): CacheLoads {
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

async function settled(work: Promise<void>): Promise<PromiseSettledResult<void>> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** Logs the first failure and the first success after it, and nothing in between. */
function createFailureLog(log: Log, failure: string, recovery: string) {
  let isHealthy = true;
  return {
    isHealthy: () => isHealthy,
    succeeded() {
      if (!isHealthy) log.info(recovery);
      isHealthy = true;
    },
    failed(error: unknown) {
      if (isHealthy) log.warn({ err: error }, failure);
      isHealthy = false;
    },
  };
}
