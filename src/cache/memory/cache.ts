/** Cache, topics, limiter and recent slot sets in the memory of one process, for a gateway without Redis. */

import type { Log } from '../../log.ts';
import type { Clock, Instant } from '../../time/clock.ts';
import { createInvalidationListeners } from '../listeners.ts';
import type { Limiter, RecentSlotSets, Topics, Versioned, VersionedCache } from '../port.ts';
import { createMemoryLimiter } from './limiter.ts';
import { createMemoryRecentSlotSets } from './recent.ts';

export interface MemoryCacheDeps {
  clock: Clock;
  /** When there are more, the least recently used entry makes room. */
  maxEntries: number;
  log?: Log;
}

export interface MemoryCache {
  cache: VersionedCache;
  topics: Topics;
  limiter: Limiter;
  recent: RecentSlotSets;
  close(): Promise<void>;
}

export function createMemoryCache({ clock, maxEntries, log }: MemoryCacheDeps): MemoryCache {
  const cache = createMemoryEntries(clock, maxEntries);
  const topics = createMemoryTopics(log);
  return {
    cache,
    topics,
    limiter: createMemoryLimiter({ clock }),
    recent: createMemoryRecentSlotSets({ clock, maxBytes: RECENT_BYTES }),
    async close() {
      await Promise.all([cache.close(), topics.close()]);
    },
  };
}

function createMemoryEntries(clock: Clock, maxEntries: number): VersionedCache {
  /** The least recently used first. */
  const entries = new Map<string, Versioned & { expiresAt: Instant }>();
  let closed = false;

  function getFresh(key: string) {
    const entry = entries.get(key);
    if (!entry) return null;
    entries.delete(key);
    if (entry.expiresAt <= clock.now()) return null;
    entries.set(key, entry);
    return entry;
  }

  return {
    async read(keys, known = []) {
      if (closed) throw new Error(CLOSED);
      return keys.map((key, i) => {
        const entry = getFresh(key);
        if (!entry) return null;
        const isKnown = entry.version <= (known[i] ?? Number.NEGATIVE_INFINITY);
        return { version: entry.version, bytes: isKnown ? null : entry.bytes };
      });
    },
    async write(incoming, ttl) {
      if (closed) throw new Error(CLOSED);
      for (const { key, version, bytes } of incoming) {
        const existing = getFresh(key);
        if (existing && existing.version >= version) continue;
        entries.delete(key);
        entries.set(key, { version, bytes: Buffer.from(bytes), expiresAt: clock.now() + ttl });
      }
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
    async close() {
      closed = true;
      entries.clear();
    },
  };
}

function createMemoryTopics(log: Log | undefined): Topics {
  const listeners = createInvalidationListeners(log);
  let closed = false;
  return {
    async publish(invalidations) {
      if (closed) throw new Error(CLOSED);
      const published = invalidations.map(({ key, version }) => ({ key, version }));
      for (const invalidation of published) listeners.onPublish(invalidation);
      // Never inside the publisher's own call, as invalidations from Redis arrive later, too.
      setImmediate(() => {
        for (const invalidation of published) listeners.onInvalidation(invalidation);
      });
    },
    subscribe: (listener) => listeners.add(listener),
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}

/** The most that all recent slot sets together may take, bytes. */
const RECENT_BYTES = 64 * 1_048_576;

const CLOSED = 'The cache is closed.';
