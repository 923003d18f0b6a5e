import { describe, expect, it } from 'vitest';
import { instantOfLocal, instantOfLocalText, isZone, wallClock } from '../../src/time/local-time.ts';

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

describe('instantOfLocal', () => {
  it.each([
    ['Europe/Berlin', [2026, 12, 1, 9, 0], '2026-12-01T08:00:00.000Z'],
    ['Europe/Berlin', [2026, 7, 1, 9, 0], '2026-07-01T07:00:00.000Z'],
    ['America/New_York', [2026, 1, 31, 23, 59], '2026-02-01T04:59:00.000Z'],
    ['Asia/Kathmandu', [2026, 3, 1, 0, 0], '2026-02-28T18:15:00.000Z'],
    ['Pacific/Kiritimati', [2026, 1, 1, 0, 0], '2025-12-31T10:00:00.000Z'],
    ['UTC', [1969, 12, 31, 23, 0], '1969-12-31T23:00:00.000Z'],
  ] as const)('reads the clock of %s at %j', (zone, [year, month, day, hour, minute], expected) => {
    expect(iso(instantOfLocal(zone, year, month, day, hour, minute))).toBe(expected);
  });

  it.each([
    ['in the middle of the gap', 'Europe/Berlin', [2026, 3, 29, 2, 30], '2026-03-29T01:00:00.000Z'],
    ['at the start of the gap', 'Europe/Berlin', [2026, 3, 29, 2, 0], '2026-03-29T01:00:00.000Z'],
    ['of half an hour', 'Australia/Lord_Howe', [2026, 10, 4, 2, 15], '2026-10-03T15:30:00.000Z'],
    ['at midnight', 'Asia/Beirut', [2026, 3, 29, 0, 0], '2026-03-28T22:00:00.000Z'],
    ['of a whole day', 'Pacific/Apia', [2011, 12, 30, 12, 0], '2011-12-30T10:00:00.000Z'],
  ] as const)('moves a skipped time %s to the instant after it', (_, zone, [y, m, d, h, mi], expected) => {
    expect(iso(instantOfLocal(zone, y, m, d, h, mi))).toBe(expected);
  });

  it('takes the first of a doubled time, or the second when asked to', () => {
    expect(iso(instantOfLocal('Europe/Berlin', 2026, 10, 25, 2, 30))).toBe('2026-10-25T00:30:00.000Z');
    expect(iso(instantOfLocal('Europe/Berlin', 2026, 10, 25, 2, 30, { doubled: 'second' }))).toBe(
      '2026-10-25T01:30:00.000Z',
    );
  });

  it('comes back to the same clock for every hour of a year', () => {
    for (const zone of ['Europe/London', 'America/St_Johns', 'Asia/Tehran']) {
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 3_600_000) {
        const wall = new Date(wallClock(zone, at));
        const back = instantOfLocal(
          zone,
          wall.getUTCFullYear(),
          wall.getUTCMonth() + 1,
          wall.getUTCDate(),
          wall.getUTCHours(),
          wall.getUTCMinutes(),
        );
        if (wallClock(zone, back) !== wall.getTime()) expect.fail(`${zone} ${wall.toISOString()}`);
      }
    }
  });
});

describe('instantOfLocalText', () => {
  it('reads dates, and times with any fraction', () => {
    expect(iso(instantOfLocalText('Europe/Berlin', '2026-12-01'))).toBe('2026-11-30T23:00:00.000Z');
    expect(iso(instantOfLocalText('UTC', '2026-12-01T09:00:00.0000000'))).toBe('2026-12-01T09:00:00.000Z');
    expect(iso(instantOfLocalText('UTC', '2026-12-01T09:30'))).toBe('2026-12-01T09:30:00.000Z');
  });

  it.each(['', 'tomorrow', '2026-12-01T09:00:00Z', '2026-12'])('does not guess %j', (text) => {
    expect(instantOfLocalText('UTC', text)).toBeNull();
  });
});

it('knows which zones there are', () => {
  expect(['Europe/Berlin', 'UTC', 'W. Europe Standard Time', ''].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
