import { createServer } from 'node:net';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisCache, type RedisCache } from '../../../src/cache/redis/cache.ts';
import { StartError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import { newListener, topicsContract } from '../../contracts/topics.ts';
import { versionedCacheContract } from '../../contracts/versioned-cache.ts';
import { eventually } from '../../harness/eventually.ts';
import { settlesAtOnce } from '../../harness/gate.ts';
import { freePort } from '../../harness/ports.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { makeOlder } from './cache.fixture.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const log = createLog('silent');
const connect = () => createRedisCache({ url: server.url, log });

async function pair() {
  const [one, two] = await Promise.all([connect(), connect()]);
  return { one, two, close: async () => void (await Promise.all([one.close(), two.close()])) };
}

versionedCacheContract('Redis', async () => {
  await server.flush();
  const { one, two, close } = await pair();
  const pass = (ms: number) => makeOlder(server, ms);
  return { cache: one.cache, other: two.cache, pass, flush: server.flush, close };
});

topicsContract('Redis', async () => {
  const { one, two, close } = await pair();
  return { topics: one.topics, other: two.topics, close };
});

/** Sends one command on a connection of its own. */
async function command(...words: string[]): Promise<string> {
  const client = createClient({ url: server.url });
  client.on('error', () => {});
  await client.connect();
  return client
    .sendCommand(words)
    .then(String)
    .finally(() => client.destroy());
}

async function withCache<T>(use: (redis: RedisCache) => Promise<T>): Promise<T> {
  const redis = await connect();
  return use(redis).finally(redis.close);
}

describe('Redis', () => {
  const entry = (key: string, version = 1) => ({ key, version, bytes: Buffer.from(key) });
  const keys = Array.from({ length: 500 }, (_, i) => `busy:${i}`);

  it('takes one round trip, however many keys', () =>
    withCache(async ({ cache }) => {
      await cache.write([entry('warm')], 1_000);
      await command('CONFIG', 'RESETSTAT');
      await cache.write(
        keys.map((key) => entry(key)),
        60_000,
      );
      const wrote = await command('INFO', 'commandstats');
      expect(wrote).toMatch(/^cmdstat_evalsha:calls=1,/m);
      await cache.read(['warm']);
      await command('CONFIG', 'RESETSTAT');
      expect(await cache.read(keys)).toHaveLength(500);
      const read = await command('INFO', 'commandstats');
      expect(read).toMatch(/^cmdstat_evalsha:calls=1,/m);
      for (const stats of [wrote, read]) expect(stats).not.toMatch(/^cmdstat_(eval|mget|script\|load):/m);
    }));

  it('writes only under its own prefix, and with a ttl', () =>
    withCache(async ({ cache }) => {
      await server.flush();
      await cache.write([entry('busy:a')], 60_000);
      expect(await command('KEYS', '*')).toBe('slotwire:busy:a');
      const left = Number(await command('PTTL', 'slotwire:busy:a'));
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
    }));

  it('counts a foreign value as a miss, and replaces it', () =>
    withCache(async ({ cache }) => {
      await command('SET', 'slotwire:odd', 'short');
      expect(await cache.read(['odd'])).toEqual([null]);
      await cache.write([entry('odd')], 60_000);
      expect(await cache.read(['odd'])).toEqual([{ version: 1, bytes: Buffer.from('odd') }]);
    }));

  it('ignores foreign messages on the channel', () =>
    withCache(async ({ topics }) => {
      const listener = newListener();
      topics.subscribe(listener);
      for (const message of ['', 'hello', '{}', '[1,2,"a"]', '["a","b"]']) {
        await command('PUBLISH', 'slotwire:updates', message);
      }
      await topics.publish([{ key: 'a', version: 1 }]);
      await eventually(() => expect(listener.received).toEqual([{ key: 'a', version: 1 }]));
    }));

  it('rejects while the server is gone, then notifies listeners and works again', async () => {
    const log = createLog('silent');
    const [warned, informed] = [vi.spyOn(log, 'warn'), vi.spyOn(log, 'info')];
    const { cache, topics, close } = await createRedisCache({ url: server.url, log });
    const listener = newListener();
    topics.subscribe(listener);
    for (let outage = 1; outage <= 2; outage++) {
      await server.stop();
      for (let i = 0; i < 5; i++) {
        await expect(cache.read(['a'])).rejects.toThrow();
        await expect(cache.write([entry('a')], 1_000)).rejects.toThrow();
        await expect(topics.publish([{ key: 'a', version: i }])).rejects.toThrow();
      }
      expect(listener.reconnects).toBe(outage - 1);
      await server.restart();
      await eventually(() => expect(listener.reconnects).toBe(outage));
      await eventually(() => cache.read(['a']));
      expect(await cache.read(['a'])).toEqual([null]);
      await topics.publish([{ key: 'back', version: outage }]);
      await eventually(() => expect(listener.received).toContainEqual({ key: 'back', version: outage }));
    }
    await close();
    expect(warned.mock.calls.map(([, message]) => message)).toEqual(['Redis is away', 'Redis is away']);
    expect(informed.mock.calls.map(([, message]) => message)).toEqual(['Redis is back', 'Redis is back']);
  });

  it('refuses at once while the server hangs', () =>
    withCache(async ({ cache }) => {
      server.freeze();
      await expect(cache.read(['a'])).rejects.toThrow('does not answer');
      expect(await settlesAtOnce(cache.read(['a']))).toBe(true);
      server.thaw();
      await eventually(() => cache.read(['a']));
    }));

  it('closes while the server is gone', async () => {
    const redis = await connect();
    await server.stop();
    await expect(redis.cache.read(['a'])).rejects.toThrow();
    await redis.close();
    await redis.close();
    await server.restart();
  });
});

describe('a start without Redis', () => {
  const failure = async (url: string) => {
    const error: unknown = await createRedisCache({ url, log }).catch((error) => error);
    expect(error).toBeInstanceOf(StartError);
    const message = error instanceof Error ? error.message : '';
    expect(message).not.toContain('hunter2');
    return message;
  };

  it('names host and port when the connection is refused', async () => {
    const port = await freePort();
    expect(await failure(`redis://me:hunter2@127.0.0.1:${port}`)).toBe(
      `Can't connect to Redis at 127.0.0.1:${port}: nothing listens there. Is Redis running, and are host and port of REDIS_URL right?`,
    );
  });

  it('explains faults of user, database and TLS', async () => {
    const { port } = new URL(server.url);
    expect(await failure(`redis://nobody:hunter2@127.0.0.1:${port}`)).toMatch(/wrong user or password/);
    expect(await failure(`redis://127.0.0.1:${port}/99`)).toMatch(/no database of that number/);
    expect(await failure(`redis://:hunter2@127.0.0.1:${port}/jobs`)).toMatch(/number of a database/);
    expect(await failure('redis://:hunter2@')).toMatch(/no URL/);
    expect(await failure(`rediss://127.0.0.1:${port}`)).toMatch(/TLS/);
  });

  it('explains faults of Sentinels and clusters', async () => {
    const { port } = new URL(server.url);
    const [none, other] = [await freePort(), await freePort()];
    expect(await failure(`redis://127.0.0.1:${port},127.0.0.1:${port}`)).toMatch(/several hosts/);
    expect(await failure(`redis-sentinel://:hunter2@127.0.0.1:${port}`)).toMatch(/lacks the master's name/);
    expect(await failure(`redis-sentinel://127.0.0.1:${port}/main`)).toMatch(/no Sentinel answers there/);
    expect(await failure(`redis-sentinel://:hunter2@127.0.0.1:${none}/main`)).toBe(
      `Can't connect to Redis at 127.0.0.1:${none}: nothing listens there. Is Redis running, and are host and port of REDIS_URL right?`,
    );
    expect(await failure(`redis-cluster://:hunter2@127.0.0.1:${none},127.0.0.1:${other}`)).toBe(
      `Can't connect to Redis at 127.0.0.1:${none}, 127.0.0.1:${other}: nothing listens there. Is Redis running, and are host and port of REDIS_URL right?`,
    );
    expect(await failure(`redis-cluster://127.0.0.1:${port}`)).toMatch(/it is no cluster: write redis:/);
    expect(await failure(`redis-cluster://nobody:hunter2@127.0.0.1:${port}`)).toMatch(
      /wrong user or password/,
    );
    expect(await failure(`rediss-cluster://127.0.0.1:${port}`)).toMatch(/TLS/);
  });

  it('asks for a password where the server does', async () => {
    const guarded = await startRedis();
    const admin = createClient({ url: guarded.url });
    await admin.connect();
    await admin.configSet('requirepass', 'hunter2');
    expect(await failure(guarded.url)).toMatch(/wants a password/);
    await (await createRedisCache({ url: guarded.url.replace('//', '//:hunter2@'), log })).close();
    admin.destroy();
    await guarded.stop();
  });

  it('gives up on a server that never answers', async () => {
    const mute = createServer((socket) => socket.on('error', () => {}));
    const port = await new Promise<number>((resolve) => {
      mute.listen(0, '127.0.0.1', () => {
        const address = mute.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    expect(await failure(`redis://127.0.0.1:${port}`)).toMatch(/no answer/);
    mute.close();
  });
});
