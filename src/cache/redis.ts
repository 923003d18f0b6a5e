/** Cache, topics, limits and recent slot sets on Redis 6 or Valkey; bells have a connection of their own. */
import { systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createRedisLimiter } from './limiter-redis.ts';
import { createListeners } from './listeners.ts';
import type { Bell, Limiter, Recent, Topics, VersionedCache } from './port.ts';
import { createRedisRecent } from './recent-redis.ts';
import { openRedis, type RedisConnection } from './redis-connection.ts';
import { unpack } from './redis-script.ts';
import { createOutage, unreachable } from './redis-trouble.ts';

const PREFIX = 'slotwire:';
const CHANNEL = `${PREFIX}bells`;

export interface RedisCacheDeps {
  /** redis:// or rediss:// */
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
  const outage = createOutage(url, log);
  const listeners = createListeners(log);
  const entries = await openRedis({ url, outage });
  const bells = await openBells().catch(async (error) => {
    await entries.close();
    throw error;
  });

  async function openBells(): Promise<RedisConnection> {
    const connection = await openRedis({ url, outage, onReconnect: listeners.reconnected });
    try {
      await connection.run((client) => client.subscribe(CHANNEL, hear));
      return connection;
    } catch (error) {
      await connection.close();
      throw unreachable(url, error);
    }
  }

  function hear(message: string) {
    for (const bell of readBells(message)) listeners.ring(bell);
  }

  return {
    cache: createEntries(entries),
    topics: {
      async ring(rung) {
        if (rung.length > 0) await bells.run((client) => client.publish(CHANNEL, writeBells(rung)));
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

function createEntries({ run, close }: RedisConnection): VersionedCache {
  return {
    async read(keys) {
      if (keys.length === 0) return [];
      const values = await run((client) => client.mGet(keys.map((key) => PREFIX + key)));
      return values.map((value) => value && unpack(value));
    },
    async write(entries, ttl) {
      if (entries.length === 0) return;
      const prefixed = entries.map((entry) => ({ ...entry, key: PREFIX + entry.key }));
      await run((client) => client.replaceIfNewer(prefixed, ttl));
    },
    close,
  };
}

/** One message for all bells of a call: `["busy:1",7,"host:2",3]`. */
const writeBells = (bells: readonly Bell[]) =>
  JSON.stringify(bells.flatMap(({ key, version }) => [key, version]));

/** What nobody of ours wrote rings nothing. */
function readBells(message: string): Bell[] {
  const words = parse(message);
  const bells: Bell[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [key, version] = [words[i], words[i + 1]];
    if (typeof key === 'string' && typeof version === 'number') bells.push({ key, version });
  }
  return bells;
}

function parse(message: string): unknown[] {
  try {
    const words: unknown = JSON.parse(message);
    return Array.isArray(words) ? words : [];
  } catch {
    return [];
  }
}
