/** Every contract of the cache room, bound to Redis servers that belong together. */
import { afterAll } from 'vitest';
import { createRedisCache, type RedisCache } from '../../../src/cache/redis/cache.ts';
import { createLog } from '../../../src/log.ts';
import { limiterContract } from '../../contracts/limiter.ts';
import { recentContract } from '../../contracts/recent.ts';
import { topicsContract } from '../../contracts/topics.ts';
import { versionedCacheContract } from '../../contracts/versioned-cache.ts';
import { eventually } from '../../harness/eventually.ts';
import type { RedisServer } from '../../harness/redis.ts';

export interface Together {
  url: string;
  masters: RedisServer[];
}

export const connectTo = (url: string): Promise<RedisCache> =>
  createRedisCache({ url, log: createLog('silent') });

interface Pair {
  one: RedisCache;
  two: RedisCache;
}

/** @param servers is called when a test begins. */
export function everyContract(name: string, servers: () => Together): void {
  let pair: Pair | null = null;
  afterAll(async () => {
    await Promise.all([pair?.one.close(), pair?.two.close()]);
  });

  /** Connections that later tests reuse, unless a test closed them. */
  async function open(): Promise<Pair> {
    pair ??= await connect();
    return pair;
  }

  async function connect(): Promise<Pair> {
    const [one, two] = await Promise.all([connectTo(servers().url), connectTo(servers().url)]);
    return { one, two };
  }

  async function close() {
    if (!pair) return;
    const { one, two } = pair;
    const works = await Promise.allSettled([
      one.cache.read(['x']),
      one.topics.publish([{ key: 'x', version: 1 }]),
    ]);
    if (works.every(({ status }) => status === 'fulfilled')) return;
    pair = null;
    await Promise.all([one.close(), two.close()]);
  }

  const flush = () => each(servers().masters, (master) => master.command('FLUSHALL'));
  const pass = (ms: number) => each(servers().masters, (master) => makeOlder(master, ms));

  versionedCacheContract(name, async () => {
    const { one, two } = await open();
    await flush();
    return { cache: one.cache, other: two.cache, pass, flush, close };
  });
  topicsContract(name, async () => {
    const { one, two } = await open();
    return { topics: one.topics, other: two.topics, close };
  });
  limiterContract(name, async () => {
    // Limiters remember what was used up, so each test has its own.
    const { one, two } = await connect();
    await flush();
    const close = () => each([one, two], (redis) => redis.close());
    return { limiter: one.limiter, other: two.limiter, pass, close };
  });
  recentContract(name, async () => {
    const { one, two } = await open();
    await flush();
    return { recent: one.recent, other: two.recent, pass, close };
  });
}

async function each<T>(servers: readonly T[], work: (server: T) => Promise<unknown>): Promise<void> {
  await Promise.all(servers.map(work));
}

/** Shortens a key's ttl, and moves the instants in it: of a permit, of a pause and a trial. */
const OLDER = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'zset' then
  local places = redis.call('ZRANGE', KEYS[1], 0, -1)
  for _, place in ipairs(places) do redis.call('ZINCRBY', KEYS[1], -ARGV[1], place) end
end
if kind == 'hash' then
  for _, name in ipairs({'rest', 'trial'}) do
    if tonumber(redis.call('HGET', KEYS[1], name) or 0) > 0 then redis.call('HINCRBY', KEYS[1], name, -ARGV[1]) end
  end
end
redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[1]) - ARGV[1])`;

/** Lets time pass, as Redis sees it. */
export async function makeOlder(server: RedisServer, ms: number): Promise<void> {
  for (const key of await keysOf(server)) await server.command('EVAL', OLDER, '1', key, String(ms));
}

export async function keysOf(server: RedisServer): Promise<string[]> {
  const keys = await server.command('KEYS', '*');
  return Array.isArray(keys) ? keys.map(String) : [];
}

export const entry = (key: string, version = 1) => ({
  key,
  version,
  bytes: Buffer.from(`${key}@${version}`),
});

/** Enough keys that each of three masters has some. */
export const KEYS = Array.from({ length: 60 }, (_, i) => `busy:${i}`);

/** Waits until every part works on Redis again, and measures how long any answer took meanwhile. */
export async function wellAgain({ cache, topics, limiter, recent }: RedisCache): Promise<void> {
  await eventually(async () => {
    const beat = setInterval(() => beats++, BEAT);
    let beats = 0;
    const asked = await Promise.allSettled([
      cache.read(KEYS),
      cache.write(
        KEYS.map((key) => entry(key, 0)),
        60_000,
      ),
      topics.publish([{ key: 'x', version: 0 }]),
      limiter.take('x', { count: 1_000_000, window: 60_000 }),
      recent.find('x', 'x'),
    ]);
    clearInterval(beat);
    longest = Math.max(longest, beats * BEAT);
    const refused = asked.find((answer) => answer.status === 'rejected');
    if (refused) throw refused.reason;
  });
}

const BEAT = 100;
let longest = 0;

/**
 * The longest that `wellAgain` waited for an answer since this was asked last, in milliseconds. It counts beats, which
 * are left out while the process stands still: a machine that is busy makes no answer late.
 */
export function longestWait(): number {
  const waited = longest;
  longest = 0;
  return waited;
}
