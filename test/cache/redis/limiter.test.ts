import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisCache } from '../../../src/cache/redis/cache.ts';
import type { RedisCommands } from '../../../src/cache/redis/connection.ts';
import { openConnections } from '../../../src/cache/redis/connections.ts';
import { readRedisUrl } from '../../../src/cache/redis/errors.ts';
import { createRedisLimiter } from '../../../src/cache/redis/limiter.ts';
import { createIdentifyServer } from '../../../src/cache/redis/server-identity.ts';
import { createLog } from '../../../src/log.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { limiterContract } from '../../contracts/limiter.ts';
import { eventually } from '../../harness/eventually.ts';
import { settlesAtOnce } from '../../harness/gate.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { makeOlder } from './cache.fixture.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const log = createLog('silent');
const connect = () => createRedisCache({ url: server.url, log });

limiterContract('Redis', async () => {
  await server.flush();
  const [one, two] = await Promise.all([connect(), connect()]);
  return {
    limiter: one.limiter,
    other: two.limiter,
    pass: (ms) => makeOlder(server, ms),
    close: async () => void (await Promise.all([one.close(), two.close()])),
  };
});

/** Sends one command on a connection of its own. */
async function command(...words: string[]): Promise<unknown> {
  const client = createClient({ url: server.url });
  client.on('error', () => {});
  await client.connect();
  return client.sendCommand(words).finally(() => client.destroy());
}

const limit = { count: 2, window: 60_000 };

describe('the limiter on Redis', () => {
  it('writes only under the prefix, and with a ttl', async () => {
    await server.flush();
    const { limiter, close } = await connect();
    await limiter.take('a', limit);
    await limiter.acquire('a', { most: 1, ttl: 60_000 });
    await limiter.recordFailure('a', { most: 9, ttl: 60_000 });
    await limiter.pause('b', 1_000, 60_000);
    const keys = ((await command('KEYS', '*')) as string[]).sort();
    expect(keys).toEqual(['slotwire:limit:a', 'slotwire:places:a', 'slotwire:rest:a', 'slotwire:rest:b']);
    for (const key of keys) expect(Number(await command('PTTL', key))).toBeGreaterThan(0);
    await close();
  });

  it('does not ask Redis about a key without points left', async () => {
    const { limiter, close } = await connect();
    for (let i = 0; i < 3; i++) await limiter.take('used up', limit);
    await command('CONFIG', 'RESETSTAT');
    for (let i = 0; i < 50; i++) expect(await limiter.take('used up', limit)).not.toBeNull();
    expect(String(await command('INFO', 'commandstats'))).not.toMatch(/cmdstat_eval/);
    await close();
  });

  it('counts in the process while Redis is gone, and logs that once', async () => {
    const log = createLog('silent');
    const warned = vi.spyOn(log, 'warn');
    const { limiter, close } = await createRedisCache({ url: server.url, log });
    await server.stop();
    expect(await limiter.take('gone', limit)).toBeNull();
    expect(await limiter.take('gone', limit)).toBeNull();
    expect(await limiter.take('gone', limit)).not.toBeNull();
    const place = await limiter.acquire('gone', { most: 1, ttl: 60_000 });
    expect(place).not.toBeNull();
    expect(await limiter.acquire('gone', { most: 1, ttl: 60_000 })).toBeNull();
    expect(await limiter.recordFailure('gone', { most: 9, ttl: 60_000 })).toBe(1);
    await limiter.pause('gone', 60_000, 60_000);
    expect((await limiter.enter('gone', 60_000)).wait).toBeGreaterThan(0);
    const messages = warned.mock.calls.map(([, message]) => String(message));
    expect(messages.filter((message) => message.startsWith('limits not counted'))).toHaveLength(1);
    await server.restart();
    await eventually(async () =>
      expect(await limiter.enter('gone', 60_000)).toEqual({ failures: 0, wait: 0 }),
    );
    await close();
  });

  it('counts in the process when a connection mixes up its answers', async () => {
    const { commands } = await openConnections({
      target: readRedisUrl(server.url),
      identifyServer: createIdentifyServer(log),
      outage: { lost: () => {}, restored: () => {} },
      ...{ channel: 'other', onMessage: () => {}, onReconnect: () => {} },
    });
    let last: unknown = null;
    // The answer to a command is that to the command before it.
    const mixUp = (client: RedisCommands) =>
      new Proxy(client, {
        get:
          (target, name) =>
          async (...words: unknown[]) => {
            const previous = last;
            const method: unknown = Reflect.get(target, name);
            if (typeof method === 'function') last = await Reflect.apply(method, target, words);
            return previous;
          },
      });
    const run: typeof commands.run = (command) =>
      commands.run((client, partition) => command(mixUp(client), partition));
    const one = createRedisLimiter({ run, prefix: 'mixed:', clock: systemClock, log });
    const once = { count: 1, window: 60_000 };
    for (const key of ['a', 'b', 'c']) expect(await one.take(key, once)).toBeNull();
    await one.recordFailure('d', { most: 9, ttl: 60_000 });
    expect(await one.enter('e', 60_000)).toEqual({ failures: 0, wait: 0 });
    await commands.close();
  });

  it('waits only once for a server that hangs', async () => {
    const { limiter, close } = await connect();
    server.freeze();
    expect(await limiter.take('stalled', limit)).toBeNull();
    expect(await settlesAtOnce(limiter.take('stalled', limit))).toBe(true);
    server.thaw();
    await close();
  });
});
