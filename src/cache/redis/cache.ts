/** Cache, topics, limiter and recent slot sets on Redis 6 or Valkey: one server, one behind Sentinels, or a cluster. */

import type { Log } from '../../log.ts';
import { steadyClock } from '../../time/clock.ts';
import { createInvalidationListeners } from '../listeners.ts';
import type { Invalidation, Limiter, RecentSlotSets, Topics, VersionedCache } from '../port.ts';
import { openConnections } from './connections.ts';
import { createRedisEntries, deleteEntries } from './entries.ts';
import { createOutageLog, readRedisUrl, unreachableError } from './errors.ts';
import { decodeInvalidations, encodeInvalidations } from './invalidations.ts';
import { createRedisLimiter } from './limiter.ts';
import { createRedisRecentSlotSets } from './recent.ts';
import { createRecentMessages } from './recent-messages.ts';
import { createIdentifyServer } from './server-identity.ts';

const PREFIX = 'slotwire:';
/** An invalidation channel of another name would part the gateways of two versions during an upgrade. */
const CHANNEL = `${PREFIX}updates`;

export interface RedisCacheDeps {
  /** As src/redis-url.ts reads it. */
  url: string;
  log: Log;
}

export interface RedisCache {
  cache: VersionedCache;
  topics: Topics;
  limiter: Limiter;
  recent: RecentSlotSets;
  close(): Promise<void>;
}

/**
 * Connects, and from then on reconnects by itself. While Redis is away every call rejects within about a second.
 * @throws StartError when Redis can't be reached now.
 */
export async function createRedisCache({ url, log }: RedisCacheDeps): Promise<RedisCache> {
  const target = readRedisUrl(url);
  const listeners = createInvalidationListeners(log);
  const recentMessages = createRecentMessages(steadyClock);
  const { commands, pubSub } = await openConnections({
    target,
    identifyServer: createIdentifyServer(log),
    outage: createOutageLog(target, log),
    channel: CHANNEL,
    onMessage(message) {
      for (const invalidation of decodeInvalidations(message)) listeners.onInvalidation(invalidation);
    },
    onReconnect() {
      listeners.onReconnect();
      // When this fails, the other connection's return does it.
      if (target.kind === 'sentinel') republish().catch(() => {});
    },
  }).catch((error) => {
    throw unreachableError(target, error);
  });

  const publish = (invalidations: readonly Invalidation[]) =>
    pubSub.run((client) => client.publish(CHANNEL, encodeInvalidations(invalidations)));

  /** A listener then finds nothing in the cache and reads from the store. */
  async function republish() {
    const invalidations = recentMessages.recent();
    if (invalidations.length === 0) return;
    await deleteEntries(
      commands,
      invalidations.map(({ key }) => PREFIX + key),
    );
    await publish(invalidations);
  }

  return {
    cache: createRedisEntries(commands, PREFIX),
    topics: {
      async publish(invalidations) {
        if (invalidations.length === 0) return;
        for (const invalidation of invalidations) listeners.onPublish(invalidation);
        recentMessages.add(invalidations);
        await publish(invalidations);
      },
      subscribe: (listener) => listeners.add(listener),
      async close() {
        listeners.clear();
        await pubSub.close();
      },
    },
    limiter: createRedisLimiter({ run: commands.run, prefix: PREFIX, clock: steadyClock, log }),
    recent: createRedisRecentSlotSets({ run: commands.run, prefix: PREFIX }),
    async close() {
      listeners.clear();
      await Promise.all([commands.close(), pubSub.close()]);
    },
  };
}
