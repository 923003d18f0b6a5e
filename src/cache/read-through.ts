/** Versioned values for readers: from the cache where it has them, else from the store, which is the truth. */
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { createCacheLoads } from './loads.ts';
import type { Topics, Versioned, VersionedCache, VersionedEntry } from './port.ts';

export interface ReadThrough {
  /**
   * One round trip to the cache for all keys, one load from the store for those it lacks. What the store doesn't know is
   * absent. Never older than the store was when this was called, unless the cache is.
   * @throws what `load` throws; a cache that can't be reached only costs time.
   */
  read(keys: readonly string[]): Promise<Map<string, Versioned>>;
  /**
   * Writes what the store holds now to the cache, then rings its bells.
   * @throws when either failed, the other was tried none the less: publish again then, it does no harm.
   */
  publish(entries: readonly VersionedEntry[]): Promise<void>;
}

export interface ReadThroughDeps {
  cache: VersionedCache;
  topics: Topics;
  /** Reads the truth; what doesn't exist is left out. */
  load(keys: string[]): Promise<VersionedEntry[]>;
  /** Milliseconds that the cache keeps a value. */
  ttl: number;
  metrics: Pick<Metrics, 'cacheReads'>;
  log: Log;
  /** Is this a value that the present code can read? One that isn't counts as a miss. Default: all are. */
  isCurrentFormat?(key: string, bytes: Buffer): boolean;
}

export function createReadThrough(deps: ReadThroughDeps): ReadThrough {
  const { cache, topics, load, ttl, metrics, log, isCurrentFormat = () => true } = deps;
  const reads = createFailureLog(
    log,
    'the cache can not be read: asking the store',
    'the cache is read again',
  );
  const writes = createFailureLog(log, 'the cache can not be filled', 'the cache is filled again');
  const loads = createCacheLoads(load, fillCache);

  /** Nobody waits for it: the value is right without. */
  function fillCache(entries: VersionedEntry[]) {
    if (entries.length === 0 || !reads.isHealthy()) return;
    cache.write(entries, ttl).then(writes.succeeded, writes.failed);
  }

  /** @returns null for all keys when the cache can't be reached. */
  async function readCache(keys: readonly string[]): Promise<readonly (Versioned | null)[]> {
    try {
      const values = await cache.read(keys);
      reads.succeeded();
      return values;
    } catch (error) {
      reads.failed(error);
      return [];
    }
  }

  function count(hits: number, misses: number) {
    if (hits > 0) metrics.cacheReads.inc({ result: 'hit' }, hits);
    if (misses > 0) metrics.cacheReads.inc({ result: 'miss' }, misses);
  }

  return {
    async read(requested) {
      const keys = [...new Set(requested)];
      const found = new Map<string, Versioned>();
      if (keys.length === 0) return found;
      const requestedAt = loads.now();
      const values = await readCache(keys);
      const missing = keys.filter((key, i) => {
        const value = values[i];
        if (!value || !isCurrentFormat(key, value.bytes)) return true;
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
      // First the value: who hears the bell reads it at once.
      const written = await settled(cache.write(entries, ttl));
      const published = await settled(topics.publish(entries.map(({ key, version }) => ({ key, version }))));
      for (const outcome of [written, published]) if (outcome.status === 'rejected') throw outcome.reason;
    },
  };
}

async function settled(work: Promise<void>): Promise<PromiseSettledResult<void>> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** Logs when something begins to fail and when it works again, not what happens between. */
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
