import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/cache.ts';
import { cacheKey } from '../../src/cache/keys.ts';
import type { VersionedEntry } from '../../src/cache/port.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createSources } from '../../src/offers/sources.ts';
import { MINUTE } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { at, busy, eventType, fakeCache, host, source } from './world.fixture.ts';

let server: RedisServer;
let wire: TcpProxy;
beforeAll(async () => {
  server = await startRedis();
  wire = await startTcpProxy(() => [server.port]);
}, 120_000);
afterAll(async () => {
  await wire?.close();
  await server?.stop();
});

/** Half an hour in each of so many hours: a few bytes each. */
const periods = (count: number) =>
  busy(
    ...Array.from({ length: count }, (_, n): [number, number] => [at(n), at(n) + (20 + (n % 7)) * MINUTE]),
  );

const CALENDARS = Array.from({ length: 20 }, (_, n) => `cal_${n}`);
const PERIODS = 500;

/** A host with twenty calendars of five hundred periods each, on a Redis that has all of it, and read once. */
async function openWorld() {
  await server.flush();
  const stored = fakeCache();
  stored.putType(1, eventType());
  stored.putHost(1, host('host_1', CALENDARS));
  stored.putNative(1, 'host_1', []);
  for (const id of CALENDARS) stored.putBusy(1, id, source({ busy: periods(PERIODS) }));
  let loads = 0;
  const { cache, close } = await createCache({
    redisUrl: `redis://127.0.0.1:${wire.port}`,
    clock: { now: () => 0 },
    metrics: createMetrics(),
    log: createLog('silent'),
    async load(keys): Promise<VersionedEntry[]> {
      loads++;
      return keys.flatMap((key) => {
        const value = stored.values.get(key);
        return value ? [{ key, ...value }] : [];
      });
    },
  });
  const entries = [...stored.values].map(([key, value]) => ({ key, ...value }));
  await cache.publish(entries);
  const sources = createSources(cache);
  await sources.forEventType('et_1');
  return { cache, stored, sources, close, loads: () => loads };
}

/** What went over the wire while `work` was done: commands of Redis, and bytes of its answers. */
async function trafficOf(work: () => Promise<unknown>) {
  await server.command('CONFIG', 'RESETSTAT');
  const before = wire.bytesFromServer();
  await work();
  const stats = String(await server.command('INFO', 'commandstats'));
  const callsOf = (name: string) =>
    Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  return { scripts: callsOf('evalsha'), reads: callsOf('mget'), bytes: wire.bytesFromServer() - before };
}

describe('what an answer is made from, read from Redis', () => {
  it('takes one round trip, and bytes in proportion to what changed since it was read last', async () => {
    const { cache, stored, sources, close, loads } = await openWorld();
    const whole = await trafficOf(() => createSources(cache).forEventType('et_1'));
    expect(whole.bytes).toBeGreaterThan(CALENDARS.length * PERIODS * 2);

    const unchanged = await trafficOf(() => sources.forEventType('et_1'));
    expect(unchanged).toMatchObject({ scripts: 1, reads: 0 });
    // Version and key of a value would be more; the rest are pings.
    expect(unchanged.bytes).toBeLessThan(CALENDARS.length * 25);

    stored.putBusy(2, 'cal_7', source({ busy: periods(PERIODS + 1) }));
    const changed = { key: cacheKey.calendar('cal_7'), version: 2 };
    await cache.publish([{ ...changed, bytes: stored.values.get(changed.key)?.bytes ?? Buffer.alloc(0) }]);
    let found: Awaited<ReturnType<typeof sources.forEventType>> = null;
    const one = await trafficOf(async () => {
      found = await sources.forEventType('et_1');
    });
    expect(one).toMatchObject({ scripts: 1, reads: 0 });
    expect(one.bytes).toBeGreaterThan(PERIODS * 2);
    expect(one.bytes).toBeLessThan(whole.bytes / 10);
    expect(await until(async () => found)).toMatchObject({
      hosts: [
        {
          calendars: expect.arrayContaining([
            { id: 'cal_7', source: expect.objectContaining({ busy: periods(PERIODS + 1) }) },
          ]),
        },
      ],
    });
    expect(loads()).toBe(0);
    await close();
  });

  it('is read again from the store once Redis has forgotten it, whatever is known', async () => {
    const { sources, close, loads } = await openWorld();
    const before = await sources.forEventType('et_1');
    await server.command('FLUSHALL', 'SYNC');
    expect(await sources.forEventType('et_1')).toEqual(before);
    expect(loads()).toBe(1);
    await close();
  });
});
