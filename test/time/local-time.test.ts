import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../../src/time/civil-date.ts';
import { HOUR } from '../../src/time/clock.ts';
import {
  instantOfLocalText,
  instantOfWall,
  localDate,
  localDateTime,
  midnightOf,
  offsetDateTime,
  startOfDate,
  wallClock,
} from '../../src/time/local-time.ts';
import { UTC } from '../../src/time/zone.ts';

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

describe('instantOfLocalText', () => {
  it.each([
    ['Europe/Berlin', '2026-12-01T09:00', '2026-12-01T08:00:00.000Z'],
    ['Europe/Berlin', '2026-07-01T09:00:00', '2026-07-01T07:00:00.000Z'],
    ['America/New_York', '2026-01-31T23:59', '2026-02-01T04:59:00.000Z'],
    ['Asia/Kathmandu', '2026-03-01', '2026-02-28T18:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-01-01', '2025-12-31T10:00:00.000Z'],
    ['UTC', '1969-12-31T23:00:00.0000000', '1969-12-31T23:00:00.000Z'],
  ])('reads the wall clock of %s at %s', (zone, text, expected) => {
    expect(iso(instantOfLocalText(zone, text))).toBe(expected);
  });

  it.each([
    ['in the middle of the gap', 'Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
    ['at the start of the gap', 'Europe/Berlin', '2026-03-29T02:00', '2026-03-29T01:00:00.000Z'],
    ['of half an hour', 'Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30:00.000Z'],
    ['at midnight', 'Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z'],
    ['of a whole day', 'Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00:00.000Z'],
  ])('moves the skipped time %s to the instant after the gap', (_, zone, text, expected) => {
    expect(iso(instantOfLocalText(zone, text))).toBe(expected);
    expect(iso(instantOfLocalText(zone, text, 'end'))).toBe(expected);
  });

  it('reads a skipped local time by the offset before the gap under RFC 5545', () => {
    expect(iso(instantOfLocalText('America/New_York', '2026-03-08T02:30', 'rfc5545'))).toBe(
      '2026-03-08T07:30:00.000Z',
    );
  });

  it('takes the first occurrence of a repeated local time, or the last for an end', () => {
    const [first, last] = ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'];
    const read = (reading: 'start' | 'end' | 'rfc5545') =>
      iso(instantOfLocalText('Europe/Berlin', '2026-10-25T02:30', reading));
    expect([read('start'), read('end'), read('rfc5545')]).toEqual([first, last, first]);
  });

  it.each(['', 'tomorrow', '2026-12-01T09:00:00Z', '2026-12', '2026-13-01', '2026-12-01T25:00'])(
    'refuses %j as a local time',
    (text) => {
      expect(instantOfLocalText('UTC', text)).toBeNull();
    },
  );

  it('throws for an unknown zone', () => {
    expect(() => instantOfLocalText('Mars/Olympus', '2026-12-01')).toThrow(RangeError);
  });
});

it('converts every hour of a year to the wall clock and back', () => {
  for (const zone of ['Europe/London', 'America/St_Johns', 'Asia/Tehran']) {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += HOUR) {
      const wall = wallClock(zone, at);
      if (wallClock(zone, instantOfWall(zone, wall)) !== wall) expect.fail(`${zone} ${iso(wall)}`);
    }
  }
});

it('accepts a zone with offsets of its own', () => {
  const at = Date.UTC(2026, 5, 1, 12, 30);
  expect([wallClock(UTC, at), instantOfWall(UTC, at), midnightOf(at)]).toEqual([
    at,
    at,
    Date.UTC(2026, 5, 1),
  ]);
});

describe('an instant', () => {
  const at = Date.parse('2026-06-01T18:30:00.999Z');

  it('formats an instant as date and time on the wall clock of a zone', () => {
    expect(localDateTime('Asia/Kathmandu', at)).toBe('2026-06-02T00:15:00');
    expect(localDate('Asia/Kathmandu', at)).toBe('2026-06-02');
    expect(localDate('America/New_York', at)).toBe('2026-06-01');
  });

  it('formats an instant as local time with its offset', () => {
    expect(offsetDateTime('Asia/Kathmandu', at)).toBe('2026-06-02T00:15:00+05:45');
    expect(offsetDateTime('America/St_Johns', at)).toBe('2026-06-01T16:00:00-02:30');
    expect(offsetDateTime('UTC', at)).toBe('2026-06-01T18:30:00Z');
  });
});

describe('the start of a date', () => {
  it.each([
    ['of an ordinary day', '2025-06-02', 'Europe/Berlin', '2025-06-01T22:00:00.000Z'],
    ['west of Greenwich', '2025-06-02', 'America/Los_Angeles', '2025-06-02T07:00:00.000Z'],
    ['in a half-hour zone', '2025-06-02', 'Asia/Kolkata', '2025-06-01T18:30:00.000Z'],
    ['whose midnight is skipped', '2024-04-26', 'Africa/Cairo', '2024-04-25T22:00:00.000Z'],
    ['whose midnight comes twice: the first', '2024-11-03', 'America/Havana', '2024-11-03T04:00:00.000Z'],
    [
      'after an hour of the day before that came twice',
      '2018-02-18',
      'America/Sao_Paulo',
      '2018-02-18T03:00:00.000Z',
    ],
    ['that the zone skipped', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('%s', (_, date, zone, start) => {
    expect(iso(startOfDate(zone, date))).toBe(start);
  });

  it('starts each date at its first instant, in any zone and on any day', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Asia/Beirut',
      'UTC',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 3_000 }), (zone, days) => {
        const date = addDays('2020-01-01', days);
        const start = startOfDate(zone, date);
        expect(localDate(zone, start)).toBe(date);
        expect(localDate(zone, start - 1)).toBe(addDays(date, -1));
      }),
      { numRuns: 300 },
    );
  });
});
