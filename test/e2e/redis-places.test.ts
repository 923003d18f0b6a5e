import { describe, expect, it } from 'vitest';
import { freePort } from '../harness/ports.ts';
import { startRedisCluster } from '../harness/redis-cluster.ts';
import { startRedisSentinel } from '../harness/redis-sentinel.ts';
import { follow } from './client.fixture.ts';
import { connectHost, startBeside, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();

describe.each([
  ['a Redis Cluster', startRedisCluster],
  ['Redis behind Sentinels', startRedisSentinel],
])('gateways on %s', (_, startServers) => {
  it('lets gateways answer, and notify each other of changes', async () => {
    const servers = await startServers();
    const stack = await startStack({ redisUrl: servers.url });
    const port = String(await freePort());
    const environment = { ...stack.environment, PORT: port, PUBLIC_URL: stack.url };
    const beside = await startBeside(environment, { sync: false });
    const { eventType, remoteCalendar } = await connectHost(stack, 'GOOGLE', 'gina');

    const viewer = follow(beside.url, { eventType, ...window });
    await viewer.next();
    expect(viewer.starts()).toContain(iso('10:00')[0]);
    stack.simulator.world.createEvent(remoteCalendar, { start: at('10:00'), end: at('10:30') });
    const received = await viewer.next();
    expect(received.removed?.map(({ start }) => start)).toContain(iso('10:00')[0]);

    await viewer.close();
    await beside.close();
    await stack.close();
    await servers.stop();
  });
});
