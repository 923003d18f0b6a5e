import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisCache } from '../../../src/cache/redis/cache.ts';
import { createLog } from '../../../src/log.ts';
import { newListener } from '../../contracts/topics.ts';
import { eventually } from '../../harness/eventually.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';
import { connectTo, entry, keysOf } from './cache.fixture.ts';

let server: RedisServer;
beforeEach(async () => {
  server = await startRedis();
});
afterEach(() => server.stop());

const KINDS = ['busy:a', 'host:a', 'type:a', 'native:a'];
const written = (version: number) => KINDS.map((key) => entry(key, version));

describe('a Redis that comes back with an old dump', () => {
  it('misses every value from before, whatever its version', async () => {
    const redis = await connectTo(server.url);
    const listener = newListener();
    redis.topics.subscribe(listener);
    const versions = async () => (await redis.cache.read(KINDS)).map((value) => value?.version ?? null);
    await redis.cache.write(written(1), 60_000);
    await server.command('SAVE');
    await redis.cache.write(written(2), 60_000);
    await server.revive();
    expect(await keysOf(server)).toHaveLength(KINDS.length);
    const seen = await eventually(versions);
    expect(seen).toEqual([null, null, null, null]);
    await eventually(() => expect(listener.reconnects).toBe(1));
    // The store may be as old as the dump, after a restore.
    await redis.cache.write(written(1), 60_000);
    expect(await versions()).toEqual([1, 1, 1, 1]);
    await redis.close();
  });

  it('misses them also in a gateway that starts afterwards', async () => {
    const before = await connectTo(server.url);
    await before.cache.write(written(1), 60_000);
    await server.command('SAVE');
    await before.close();
    await server.revive();
    const after = await connectTo(server.url);
    expect(await after.cache.read(KINDS)).toEqual([null, null, null, null]);
    await after.close();
  });

  it('keeps its values when only the connection was lost', async () => {
    const redis = await connectTo(server.url);
    const listener = newListener();
    redis.topics.subscribe(listener);
    await redis.cache.write(written(1), 60_000);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => expect(listener.reconnects).toBe(1));
    const seen = await eventually(() => redis.cache.read(KINDS));
    expect(seen.map((value) => value?.version)).toEqual([1, 1, 1, 1]);
    await redis.close();
  });

  it('keeps its values where INFO is refused, with a warning', async () => {
    await server.command('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '&*', '+@all', '-info');
    const log = createLog('silent');
    const warned = vi.spyOn(log, 'warn');
    const redis = await createRedisCache({ url: server.url.replace('//', '//plain:secret@'), log });
    expect(warned.mock.calls).toEqual([[expect.stringContaining('refuses INFO')]]);
    await redis.cache.write(written(1), 60_000);
    expect((await redis.cache.read(KINDS)).map((value) => value?.version)).toEqual([1, 1, 1, 1]);
    await redis.close();
  });
});
