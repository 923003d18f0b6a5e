/** Recent slot sets in Redis, where every gateway finds them. */
import { createHash } from 'node:crypto';
import { RECENT, type Recent } from '../port.ts';
import type { RedisConnection } from './connection.ts';

export interface RedisRecentDeps {
  run: RedisConnection['run'];
  /** Begins every key. */
  prefix: string;
}

export function createRedisRecent({ run, prefix }: RedisRecentDeps): Recent {
  // Questions may be long, and hold what must not be read in a list of keys.
  const keyOf = (question: string) =>
    `${prefix}recent:${createHash('sha256').update(question).digest('base64url')}`;

  return {
    async keep(question, etag, bytes) {
      if (bytes.length > RECENT.bytes) return;
      // The connection itself tells of an outage.
      await run((client) => client.keepRecent(keyOf(question), fieldOf(etag), bytes)).catch(() => {});
    },
    async find(question, etag) {
      return run((client) => client.hGet(keyOf(question), fieldOf(etag))).catch(() => null);
    },
  };
}

/** No etag is taken for the field that holds their order. */
const fieldOf = (etag: string) => `=${etag}`;
