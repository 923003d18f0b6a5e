import { describe, expect, it } from 'vitest';
import { encodeBusy } from '../../src/cache/codecs/busy.ts';
import { createMemoryCache } from '../../src/cache/memory/cache.ts';
import { keyedSlotSets, readOwnValue, withOwnKey } from '../../src/cache/own-key.ts';
import { SEVERAL_FACTS } from '../../src/cache/port.ts';
import { encodeEventType, encodeHost, encodeNative, isCurrentFormat } from '../../src/offers/cache-loader.ts';
import { UNREAD_CALENDAR } from '../../src/store/calendars/freshness-history.ts';
import { eventType, host, source } from '../offers/world.fixture.ts';

const VALUES: [key: string, bytes: Buffer][] = [
  ['busy:cal_1', encodeBusy(source())],
  ['busy:cal_2', encodeBusy(UNREAD_CALENDAR)],
  ['host:host_1', encodeHost(host())],
  ['type:et_1', encodeEventType(eventType())],
  ['native:host_1', encodeNative([])],
  ['host:ü 李', Buffer.alloc(0)],
];

describe('a value with its own key', () => {
  it.each(VALUES)('is read under %s alone', (key, bytes) => {
    const value = withOwnKey(key, bytes);
    expect(readOwnValue(key, value)).toEqual({ bytes });
    for (const other of ['busy:cal_9', `${key}0`, key.slice(0, -1), '']) {
      expect(readOwnValue(other, value)).toBe('mixed up');
    }
  });

  it.each(VALUES)('and one of the version before miss each other: %s', (key, bytes) => {
    expect(readOwnValue(key, bytes)).toBe('other format');
    // What the version before asks of a value that it reads.
    expect(isCurrentFormat(key, withOwnKey(key, bytes))).toBe(false);
  });

  it('is a miss when it was cut', () => {
    const value = withOwnKey('busy:cal_1', Buffer.from('x'));
    for (let length = 0; length < value.length - 1; length++) {
      expect(readOwnValue('busy:cal_1', value.subarray(0, length))).toBe('other format');
    }
  });
});

describe('recent slot sets with their own key', () => {
  it('are not found by another query or etag, wherever they lie', async () => {
    const { recent } = createMemoryCache({ clock: { now: () => 0 }, maxEntries: 1 });
    const sets = keyedSlotSets(recent);
    await sets.save('q', 'a', Buffer.from('slots'), 'facts');
    expect(await sets.find('q', 'a')).toEqual(Buffer.from('slots'));
    const stored = await recent.find('q', 'a');
    for (const [query, etag] of [
      ['q', 'b'],
      ['r', 'a'],
    ] as const) {
      await recent.save(query, etag, stored ?? Buffer.alloc(0), 'facts');
      expect(await sets.find(query, etag)).toBeNull();
    }
    await recent.save('q', 'old', Buffer.from('{}'), 'facts');
    expect(await sets.find('q', 'old')).toBeNull();
  });

  it('take facts for their own only when they are', async () => {
    const { recent } = createMemoryCache({ clock: { now: () => 0 }, maxEntries: 1 });
    const sets = keyedSlotSets(recent);
    const slots = Buffer.from('slots');
    expect(await sets.save('q', 'a', slots, 'fresh')).toBeNull();
    expect(await sets.save('q', 'a', slots, 'fresh')).toBe('fresh');
    expect(await sets.save('q', 'a', slots, 'stale')).toBe('fresh');
    expect(await sets.save('q', 'a', slots, 'stale')).toBe(SEVERAL_FACTS);
    await recent.save('q', 'b', slots, 'facts of another set');
    expect(await sets.save('q', 'b', slots, 'fresh')).toBe(SEVERAL_FACTS);
  });
});
