import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RedisCache } from '../../../src/cache/redis/cache.ts';
import { newListener } from '../../contracts/topics.ts';
import { eventually } from '../../harness/eventually.ts';
import { freePort } from '../../harness/ports.ts';
import { startRedis } from '../../harness/redis.ts';
import { untilReached } from '../../harness/redis-cluster.ts';
import { type RedisSentinelServers, startRedisSentinel } from '../../harness/redis-sentinel.ts';
import { connectTo, entry, everyContract, KEYS, longestWait, wellAgain } from './cache.fixture.ts';

let servers: RedisSentinelServers;
beforeAll(async () => {
  servers = await startRedisSentinel();
});
afterAll(() => servers.stop());

everyContract('Redis behind Sentinels', () => ({ url: servers.url, masters: [servers.master] }));

const versionsOf = async ({ cache }: RedisCache) =>
  new Set((await cache.read(KEYS)).map((value) => value?.version ?? null));

describe('Redis behind Sentinels', () => {
  it('is found by any Sentinel that answers', async () => {
    const url = `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${servers.sentinel.port}/main`;
    await (await connectTo(url)).close();
  });

  it("is refused when the Sentinels don't watch it, or when the server is a Sentinel itself", async () => {
    const { url } = servers;
    await expect(connectTo(url.replace('/main', '/mine'))).rejects.toThrow('watch no master named "mine"');
    const alone = connectTo(url.replace('redis-sentinel:', 'redis:').replace('/main', ''));
    await expect(alone).rejects.toThrow('write redis-sentinel:// instead of redis://');
  });

  it("sends the Sentinels' password to Sentinels only, and the servers' to servers only", async () => {
    const data = await startRedis(['requirepass of-the-data']);
    const guard = await startRedis([
      'requirepass of-the-sentinel',
      `sentinel monitor main 127.0.0.1 ${data.port} 1`,
      'sentinel auth-pass main of-the-data',
    ]);
    const at = `redis-sentinel://:of-the-data@127.0.0.1:${guard.port}/main`;
    await (await connectTo(`${at}?sentinel-password=of-the-sentinel`)).close();
    await expect(connectTo(at)).rejects.toThrow('end REDIS_URL with ?sentinel-password=');
    const wrong = connectTo(`${at}?sentinel-password=of-the-data`);
    await expect(wrong).rejects.toThrow('refuse sentinel-user or sentinel-password');
    await Promise.all([guard, data].map((server) => server.stop()));
  });

  it('needs no Sentinel while the master is well', async () => {
    const redis = await connectTo(servers.url);
    const listener = newListener();
    redis.topics.subscribe(listener);
    servers.sentinel.freeze();
    await wellAgain(redis);
    expect(longestWait()).toBeLessThan(4_000);
    servers.sentinel.thaw();
    expect(listener.reconnects).toBe(0);
    await redis.close();
  });

  it.each(['is asked to hand over', 'dies'])('follows the master when it %s', async (how) => {
    const [one, two] = await Promise.all([connectTo(servers.url), connectTo(servers.url)]);
    const listeners = [one, two].map(({ topics }) => {
      const listener = newListener();
      topics.subscribe(listener);
      return listener;
    });
    await one.cache.write(
      KEYS.map((key) => entry(key, 9)),
      60_000,
    );
    await fail(how === 'dies');
    // A process that left the old master late publishes again what it published there.
    if (how !== 'dies') await publishLate(one);
    await eventually(() => expect(listeners.every(({ reconnects }) => reconnects > 0)).toBe(true));
    await Promise.all([one, two].map(wellAgain));
    expect(longestWait()).toBeLessThan(4_000);
    // The replica's values belong to another run.
    expect(await versionsOf(two)).toEqual(new Set([0]));
    await one.topics.publish([{ key: 'after', version: 1 }]);
    for (const { received } of listeners) {
      await eventually(() => expect(received).toContainEqual({ key: 'after', version: 1 }));
    }
    await Promise.all([one.close(), two.close()]);
  });

  async function publishLate(late: RedisCache) {
    const early = await connectTo(servers.url);
    const listener = newListener();
    early.topics.subscribe(listener);
    await early.cache.write([entry('late', 9)], 60_000);
    await late.cache.write([entry('late', 10)], 60_000);
    await late.topics.publish([{ key: 'late', version: 10 }]);
    await eventually(() => expect(listener.received).toContainEqual({ key: 'late', version: 10 }));
    expect((await early.cache.read(['late']))[0]?.version).not.toBe(9);
    await early.close();
  }

  /** Makes the replica the master. */
  async function fail(dead: boolean) {
    const { sentinel, master, replica } = servers;
    // A Sentinel takes seconds to demote a former master.
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
    await untilReached(async () =>
      /slave0:.*state=online/.test(String(await master.command('INFO', 'replication'))),
    );
    if (dead) await master.crash();
    else await untilReached(() => sentinel.command('SENTINEL', 'FAILOVER', 'main'));
    const named = () => sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main').then(String);
    await untilReached(async () => (await named()).endsWith(String(replica.port)));
    servers = { ...servers, master: replica, replica: master };
  }
});
