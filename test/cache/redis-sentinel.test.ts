import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newEar } from '../contracts/topics.ts';
import { freePort } from '../harness/ports.ts';
import { until } from '../harness/redis-cluster.ts';
import { type RedisSentinelServers, startRedisSentinel } from '../harness/redis-sentinel.ts';
import { connectTo, entry, everyContract, KEYS, longestWait, wellAgain } from './redis-bench.ts';

let servers: RedisSentinelServers;
beforeAll(async () => {
  servers = await startRedisSentinel();
});
afterAll(() => servers.stop());

everyContract('Redis behind Sentinels', () => ({ url: servers.url, masters: [servers.master] }));

const versionsOf = async ({ cache }: Awaited<ReturnType<typeof connectTo>>) =>
  new Set((await cache.read(KEYS)).map((value) => value?.version ?? null));

describe('Redis behind Sentinels', () => {
  it('is found by any Sentinel that is there', async () => {
    const url = `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${servers.sentinel.port}/main`;
    await (await connectTo(url)).close();
  });

  it('is told from one that the Sentinels do not watch, and from a Sentinel', async () => {
    const { url } = servers;
    await expect(connectTo(url.replace('/main', '/mine'))).rejects.toThrow('watch no master named "mine"');
    const alone = connectTo(url.replace('redis-sentinel:', 'redis:').replace('/main', ''));
    await expect(alone).rejects.toThrow('write redis-sentinel:// instead of redis://');
  });

  it('needs no Sentinel while the master is well', async () => {
    const redis = await connectTo(servers.url);
    const ear = newEar();
    redis.topics.listen(ear);
    servers.sentinel.freeze();
    await wellAgain(redis);
    expect(longestWait()).toBeLessThan(500);
    servers.sentinel.thaw();
    expect(ear.reconnects).toBe(0);
    await redis.close();
  });

  it.each(['is asked to hand over', 'dies'])('follows the master when it %s', async (how) => {
    const [one, two] = await Promise.all([connectTo(servers.url), connectTo(servers.url)]);
    const ears = [one, two].map(({ topics }) => {
      const ear = newEar();
      topics.listen(ear);
      return ear;
    });
    await one.cache.write(
      KEYS.map((key) => entry(key, 9)),
      60_000,
    );
    await fail(how === 'dies');
    await vi.waitFor(() => expect(ears.every(({ reconnects }) => reconnects > 0)).toBe(true), {
      timeout: 15_000,
    });
    await Promise.all([one, two].map(wellAgain));
    expect(longestWait()).toBeLessThan(2_000);
    // What the replica had was of another run.
    expect(await versionsOf(two)).toEqual(new Set([0]));
    await one.topics.ring([{ key: 'after', version: 1 }]);
    for (const { heard } of ears) {
      await vi.waitFor(() => expect(heard).toContainEqual({ key: 'after', version: 1 }));
    }
    await Promise.all([one.close(), two.close()]);
  });

  /** The master and its replica change places. */
  async function fail(dead: boolean) {
    const { sentinel, master, replica } = servers;
    await until(async () =>
      /slave0:.*state=online/.test(String(await master.command('INFO', 'replication'))),
    );
    if (dead) await master.crash();
    else await until(() => sentinel.command('SENTINEL', 'FAILOVER', 'main'));
    await until(async () => /role:master/.test(String(await replica.command('INFO', 'replication'))));
    servers = { ...servers, master: replica, replica: master };
  }
});
