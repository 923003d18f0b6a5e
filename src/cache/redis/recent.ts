/** Recent slot sets in Redis, where every gateway finds them. */
import { createHash } from 'node:crypto';
import { RECENT_SLOT_SETS, type RecentSlotSets } from '../port.ts';
import type { RedisConnection } from './connection.ts';

export interface RedisRecentDeps {
  run: RedisConnection['run'];
  /** Of every key. */
  prefix: string;
}

export function createRedisRecentSlotSets({ run, prefix }: RedisRecentDeps): RecentSlotSets {
  // Query keys may be long, and hold what must not be read in a list of keys.
  const hashKey = (queryKey: string) =>
    `${prefix}recent:${createHash('sha256').update(queryKey).digest('base64url')}`;

  return {
    async save(queryKey, etag, bytes, facts) {
      if (bytes.length > RECENT_SLOT_SETS.maxBytes) return null;
      const set = { field: fieldOf(etag), bytes, facts, factsField: factsFieldOf(etag) };
      // The connection itself logs an outage.
      return run((client) => client.saveRecent(hashKey(queryKey), set)).catch(() => null);
    },
    async find(queryKey, etag) {
      return run((client) => client.hGet(hashKey(queryKey), fieldOf(etag))).catch(() => null);
    },
  };
}

/** With a prefix, so that no etag is taken for the field that holds the order. */
const fieldOf = (etag: string) => `=${etag}`;
const factsFieldOf = (etag: string) => `!${etag}`;
