/**
 * `npm run bench -- redis-size [CALENDARS] [PERIODS]`: busy time of calendars, written as gateways write it to an empty Redis. One line: bytes that
 * the server has allocated for it (INFO memory), those of a value by MEMORY USAGE, and what two 32-bit numbers a period take, which is
 * the least that could be kept. Exit 1 when a value is read back as another. Needs redis-server on PATH.
 */
import type { BusyList } from '../src/availability/period.ts';
import { createCache } from '../src/cache/cache.ts';
import { decodeBusy, encodeBusy } from '../src/cache/codecs/busy.ts';
import { cacheKey } from '../src/cache/keys.ts';
import type { CalendarBusy } from '../src/calendars/source.ts';
import { newId } from '../src/ids.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { DAY, HOUR, MINUTE, systemClock } from '../src/time/clock.ts';
import { numbers } from '../test/harness/numbers.ts';
import { startRedis } from '../test/harness/redis.ts';
import { ratio, round } from './push/measure-change.ts';
import { printFigures, writeResults } from './results.ts';

const MEBIBYTE = 1024 * 1024;
/** For 100,000 calendars with 40 periods each, in MiB; as much a calendar for other numbers of them. */
const GOAL = { megabytes: 60, calendars: 100_000 };
const RAW_PERIOD = 8;
const BATCH = 1_000;
/** Values that are read back, and asked for their size. */
const SAMPLE = 100;

const QUARTER = 15 * MINUTE;

export async function benchRedisSize([calendars = '100000', periods = '40']: string[]): Promise<void> {
  const [count, each] = [Number(calendars), Number(periods)];
  const redis = await startRedis();
  try {
    const { cache, close } = await createCache({
      redisUrl: redis.url,
      clock: systemClock,
      metrics: createMetrics(),
      log: createLog('error'),
      load: async () => [],
    });
    const used = async () => {
      const info = String(await redis.command('INFO', 'memory'));
      return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
    };
    const faults: string[] = [];
    const before = await used();
    const random = numbers(7);
    const sample = new Map<string, Buffer>();
    for (let written = 0; written < count; written += BATCH) {
      const entries = Array.from({ length: Math.min(BATCH, count - written) }, (_, i) => ({
        key: cacheKey.calendar(newId('Calendar')),
        version: written + i + 1,
        bytes: encodeBusy(calendarOf(each, random)),
      }));
      await cache.publish(entries);
      for (const { key, bytes } of entries.slice(0, sample.size < SAMPLE ? 1 : 0)) sample.set(key, bytes);
    }
    const megabytes = ((await used()) - before) / MEBIBYTE;
    const found = await cache.read([...sample.keys()]);
    for (const [key, bytes] of sample) {
      const value = found.get(key)?.bytes;
      if (!value || !bytes.equals(value) || decodeBusy(value)?.busy.kinds.length !== each)
        faults.push(`${key} was read back as another value`);
    }
    const goal = { megabytes: (GOAL.megabytes * count) / GOAL.calendars };
    const raw = (count * each * RAW_PERIOD) / MEBIBYTE;
    const line = {
      ...{ name: 'redis size', calendars: count, periods: each, megabytes: round(megabytes) },
      bytesPerValue: await sizeOfValue(redis, [...sample.keys()]),
      encodedBytes: round([...sample.values()].reduce((sum, { length }) => sum + length, 0) / sample.size),
      rawMegabytes: round(raw),
      ratio: ratio(raw, megabytes),
      goal,
      met: megabytes <= goal.megabytes,
    };
    printFigures(line, faults);
    writeResults('redis-size', [line]);
    await close();
  } finally {
    await redis.stop();
  }
}

/** What the server says that one value takes with its key, on average. */
async function sizeOfValue(
  redis: Pick<Awaited<ReturnType<typeof startRedis>>, 'command'>,
  keys: readonly string[],
): Promise<number> {
  let sum = 0;
  for (const key of keys) {
    const [stored = ''] = [await redis.command('KEYS', `*${key}`)].flat();
    sum += Number(await redis.command('MEMORY', 'USAGE', String(stored)));
  }
  return round(sum / keys.length);
}

/** A calendar of half a year whose events begin and end at quarters of an hour. */
function calendarOf(periods: number, random: () => number): CalendarBusy {
  const now = systemClock.now();
  const origin = Math.floor(now / DAY) * DAY - 7 * DAY;
  const bounds = new Float64Array(periods * 2);
  const gap = (187 * DAY) / periods;
  for (let i = 0; i < periods; i++) {
    const start = origin + Math.floor((i * gap + random() * (gap - 4 * HOUR)) / QUARTER) * QUARTER;
    bounds[2 * i] = start;
    bounds[2 * i + 1] = start + (1 + Math.floor(random() * 8)) * QUARTER;
  }
  const busy: BusyList = { bounds, kinds: new Uint8Array(periods) };
  return {
    provenAsOf: now - Math.floor(random() * MINUTE),
    provenPull: 1 + Math.floor(random() * 1e9),
    basis: 'NOTIFICATION',
    coveredFrom: origin,
    coveredTo: origin + 187 * DAY,
    trouble: null,
    busy,
  };
}
