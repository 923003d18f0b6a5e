import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECENT_SLOT_SETS } from '../../../src/cache/port.ts';
import { createRedisCache } from '../../../src/cache/redis/cache.ts';
import { createLog } from '../../../src/log.ts';
import { recentContract } from '../../contracts/recent.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const connect = () => createRedisCache({ url: server.url, log: createLog('silent') });

const open = () => createClient({ url: server.url });

async function withClient<T>(use: (client: ReturnType<typeof open>) => Promise<T>): Promise<T> {
  const client = open();
  await client.connect();
  return use(client).finally(() => client.destroy());
}

/** Lets time pass, as Redis sees it: less is left of each ttl. */
const pass = (ms: number) =>
  withClient(async (client) => {
    for (const key of await client.keys('*')) await client.pExpire(key, (await client.pTTL(key)) - ms);
  });

recentContract('Redis', async () => {
  await server.flush();
  const [one, two] = await Promise.all([connect(), connect()]);
  const close = async () => void (await Promise.all([one.close(), two.close()]));
  return { recent: one.recent, other: two.recent, pass, close };
});

describe('recent slot sets in Redis', () => {
  it('have one hashed key per query, under the prefix, with a ttl', async () => {
    await server.flush();
    const { recent, close } = await connect();
    for (let i = 0; i < RECENT_SLOT_SETS.most + 5; i++)
      await recent.save('who asks?', String(i), Buffer.from('x'), 'facts');
    await withClient(async (client) => {
      const keys = await client.keys('*');
      expect(keys).toEqual([expect.stringMatching(/^slotwire:recent:[\w-]{43}$/)]);
      expect(await client.hLen(keys[0] ?? '')).toBe(2 * RECENT_SLOT_SETS.most + 1);
      expect(await client.pTTL(keys[0] ?? '')).toBeGreaterThan(RECENT_SLOT_SETS.ttl - 10_000);
    });
    await close();
  });

  it('are absent while Redis is gone, without an error', async () => {
    const { recent, close } = await connect();
    await recent.save('q', 'a', Buffer.from('a'), 'facts');
    await server.stop();
    await recent.save('q', 'b', Buffer.from('b'), 'facts');
    expect(await recent.find('q', 'a')).toBeNull();
    await close();
    await server.restart();
  });
});
