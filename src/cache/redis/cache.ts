/** Cache, topics, limits and recent slot sets on Redis 6 or Valkey: one server, one behind Sentinels, or a cluster. */

import type { Log } from '../../log.ts';
import { systemClock } from '../../time/clock.ts';
import { createListeners } from '../listeners.ts';
import type { Bell, Limiter, Recent, Topics, VersionedCache } from '../port.ts';
import { connect } from './connections.ts';
import { createRedisEntries, forget } from './entries.ts';
import { createOutage, readRedisUrl, unreachable } from './errors.ts';
import { readBells, writeBells } from './invalidations.ts';
import { createRedisLimiter } from './limiter.ts';
import { createRedisRecent } from './recent.ts';
import { createEcho } from './recent-messages.ts';
import { createIntroduce } from './server-identity.ts';

const PREFIX = 'slotwire:';
const CHANNEL = `${PREFIX}bells`;

export interface RedisCacheDeps {
  /** As src/redis-url.ts reads it. */
  url: string;
  log: Log;
}

export interface RedisCache {
  cache: VersionedCache;
  topics: Topics;
  limiter: Limiter;
  recent: Recent;
  close(): Promise<void>;
}

/**
 * Connects, and from then on reconnects by itself: without Redis every call rejects within about a second.
 * @throws StartError when Redis can't be reached now.
 */
export async function createRedisCache({ url, log }: RedisCacheDeps): Promise<RedisCache> {
  const place = readRedisUrl(url);
  const listeners = createListeners(log);
  const echo = createEcho(systemClock);
  const { entries, bells } = await connect({
    place,
    introduce: createIntroduce(log),
    outage: createOutage(place, log),
    channel: CHANNEL,
    hear(message) {
      for (const bell of readBells(message)) listeners.ring(bell);
    },
    onReconnect() {
      listeners.reconnected();
      // What fails here is done when the other connection is back.
      if (place.kind === 'sentinel') ringAgain().catch(() => {});
    },
  }).catch((error) => {
    throw unreachable(place, error);
  });

  const ring = (rung: readonly Bell[]) => bells.run((client) => client.publish(CHANNEL, writeBells(rung)));

  /** Whoever hears it reads from the store. */
  async function ringAgain() {
    const rung = echo.recent();
    if (rung.length === 0) return;
    await forget(
      entries,
      rung.map(({ key }) => PREFIX + key),
    );
    await ring(rung);
  }

  return {
    cache: createRedisEntries(entries, PREFIX),
    topics: {
      async ring(rung) {
        if (rung.length === 0) return;
        echo.add(rung);
        await ring(rung);
      },
      listen: (listener) => listeners.add(listener),
      async close() {
        listeners.clear();
        await bells.close();
      },
    },
    limiter: createRedisLimiter({ run: entries.run, prefix: PREFIX, clock: systemClock, log }),
    recent: createRedisRecent({ run: entries.run, prefix: PREFIX }),
    async close() {
      listeners.clear();
      await Promise.all([entries.close(), bells.close()]);
    },
  };
}
