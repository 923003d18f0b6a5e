/** Cached values, topics, limiters and recent slot sets: on Redis where REDIS_URL names one, else in the process. */
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Clock, MINUTE } from '../time/clock.ts';
import { createMemoryCache } from './memory/cache.ts';
import { keyedSlotSets } from './own-key.ts';
import type { Limiter, RecentSlotSets, Topics } from './port.ts';
import { createReadThrough, type ReadThrough, type ReadThroughDeps } from './read-through.ts';

/** How long a cached value lives unless it is replaced. An outdated value that a race left behind lives no longer. */
const CACHE_TTL = 10 * MINUTE;
/** The most values that the in-process cache holds. */
const MEMORY_ENTRIES = 100_000;

export interface CacheDeps extends Pick<ReadThroughDeps, 'load' | 'isCurrentFormat'> {
  /** REDIS_URL; undefined when this is the only process. */
  redisUrl: string | undefined;
  clock: Clock;
  metrics: Pick<Metrics, 'cacheReads' | 'cacheMixUps'>;
  log: Log;
}

export interface Cache {
  cache: ReadThrough;
  topics: Topics;
  limiter: Limiter;
  recent: RecentSlotSets;
  close(): Promise<void>;
}

/** @throws StartError when Redis can't be reached now. */
export async function createCache({ redisUrl, ...deps }: CacheDeps): Promise<Cache> {
  const { clock, log } = deps;
  const shared = redisUrl
    ? await openRedis(redisUrl, log)
    : createMemoryCache({ clock, maxEntries: MEMORY_ENTRIES, log });
  const { cache, topics } = shared;
  return {
    ...shared,
    cache: createReadThrough({ ...deps, cache, topics, ttl: CACHE_TTL }),
    recent: keyedSlotSets(shared.recent),
  };
}

/** The client of Redis is in memory only where there is a Redis. */
async function openRedis(url: string, log: Log) {
  const { createRedisCache } = await import('./redis/cache.ts');
  return createRedisCache({ url, log });
}
