/** All that Redis does, in one process: what runs when none is configured. Same behaviour, no second process. */

import type { Log } from '../../log.ts';
import type { Clock, Instant } from '../../time/clock.ts';
import { createListeners } from '../listeners.ts';
import type { Limiter, Recent, Topics, Versioned, VersionedCache } from '../port.ts';
import { createMemoryLimiter } from './limiter.ts';
import { createMemoryRecent } from './recent.ts';

export interface MemoryCacheDeps {
  clock: Clock;
  /** What was used longest ago goes first. */
  maxEntries: number;
  log?: Log;
}

export interface MemoryCache {
  cache: VersionedCache;
  topics: Topics;
  limiter: Limiter;
  recent: Recent;
  close(): Promise<void>;
}

export function createMemoryCache({ clock, maxEntries, log }: MemoryCacheDeps): MemoryCache {
  const cache = createEntries(clock, maxEntries);
  const topics = createBells(log);
  return {
    cache,
    topics,
    limiter: createMemoryLimiter({ clock }),
    recent: createMemoryRecent({ clock, maxBytes: RECENT_BYTES }),
    async close() {
      await Promise.all([cache.close(), topics.close()]);
    },
  };
}

function createEntries(clock: Clock, maxEntries: number): VersionedCache {
  /** In the order of use. */
  const entries = new Map<string, Versioned & { until: Instant }>();
  let closed = false;

  function current(key: string) {
    const entry = entries.get(key);
    if (!entry) return null;
    entries.delete(key);
    if (entry.until <= clock.now()) return null;
    entries.set(key, entry);
    return entry;
  }

  return {
    async read(keys) {
      if (closed) throw new Error(CLOSED);
      return keys.map((key) => {
        const entry = current(key);
        return entry && { version: entry.version, bytes: entry.bytes };
      });
    },
    async write(given, ttl) {
      if (closed) throw new Error(CLOSED);
      for (const { key, version, bytes } of given) {
        const known = current(key);
        if (known && known.version >= version) continue;
        entries.delete(key);
        entries.set(key, { version, bytes: Buffer.from(bytes), until: clock.now() + ttl });
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

function createBells(log: Log | undefined): Topics {
  const listeners = createListeners(log);
  let closed = false;
  return {
    async ring(bells) {
      if (closed) throw new Error(CLOSED);
      const rung = bells.map(({ key, version }) => ({ key, version }));
      // Never inside the ringer's own call: from Redis they come later too.
      setImmediate(() => {
        for (const bell of rung) listeners.ring(bell);
      });
    },
    listen: (listener) => listeners.add(listener),
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}

/** Of recent slot sets in all. */
const RECENT_BYTES = 64 * 1_048_576;

const CLOSED = 'The cache is closed.';
