import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOutageLog } from '../../../src/cache/redis/errors.ts';
import { createIdentifyServer } from '../../../src/cache/redis/server-identity.ts';
import { openSingleNode } from '../../../src/cache/redis/single-node.ts';
import { createLog } from '../../../src/log.ts';
import { parseRedisUrl } from '../../../src/redis-url.ts';
import { eventually } from '../../harness/eventually.ts';
import { type RedisServer, startRedis } from '../../harness/redis.ts';

let servers: [RedisServer, RedisServer];
beforeAll(async () => {
  servers = await Promise.all([startRedis(), startRedis()]);
});
afterAll(async () => void (await Promise.all(servers.map((server) => server.stop()))));
afterEach(() => vi.useRealTimers());

describe('a connection to a single node', () => {
  it('leaves a former master that lives on, without logging an outage', async () => {
    const [left, right] = servers;
    await left.command('SET', 'name', 'left');
    await right.command('SET', 'name', 'right');
    const log = createLog('silent');
    const warned = vi.spyOn(log, 'warn');
    const target = parseRedisUrl(left.url);
    let port = left.port;
    const onReconnect = vi.fn();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const connection = await openSingleNode({
      target,
      locate: async () => ({ host: '127.0.0.1', port }),
      identifyServer: createIdentifyServer(log),
      outage: createOutageLog(target, log),
      onReconnect,
    });
    const name = () => connection.run((client) => client.get('name')).then(String);
    vi.advanceTimersByTime(2_000);
    expect(await name()).toBe('left');
    port = right.port;
    vi.advanceTimersByTime(2_000);
    await eventually(async () => expect(await name()).toBe('right'));
    expect(onReconnect).toHaveBeenCalledTimes(1);
    expect(warned).not.toHaveBeenCalled();
    await connection.close();
  });
});
