import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dateAt,
  groupByDay,
  startOfDay,
  weekFrom,
  weekHolding,
  windowOf,
} from '../../../src/web/booking/days.ts';

const iso = (instant: number) => new Date(instant).toISOString();
const HOUR = 3_600_000;

describe('the start of a local day', () => {
  it.each([
    ['an ordinary day', '2025-06-02', 'Europe/Berlin', '2025-06-01T22:00:00.000Z'],
    ['west of Greenwich', '2025-06-02', 'America/Los_Angeles', '2025-06-02T07:00:00.000Z'],
    ['a half-hour zone', '2025-06-02', 'Asia/Kolkata', '2025-06-01T18:30:00.000Z'],
    ['a midnight that a clock change skips', '2024-04-26', 'Africa/Cairo', '2024-04-25T22:00:00.000Z'],
    ['a midnight that comes twice: the first', '2024-11-03', 'America/Havana', '2024-11-03T04:00:00.000Z'],
    [
      'an hour of the day before that comes twice',
      '2018-02-18',
      'America/Sao_Paulo',
      '2018-02-18T03:00:00.000Z',
    ],
    ['a date the zone skipped', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('%s', (_, date, zone, start) => {
    expect(iso(startOfDay(date, zone))).toBe(start);
  });

  it('is the first instant of its date, anywhere and any day', () => {
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
        const start = startOfDay(date, zone);
        expect(dateAt(start, zone)).toBe(date);
        expect(dateAt(start - 1, zone)).toBe(addDays(date, -1));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a week', () => {
  it('joins day to day, over a clock change', () => {
    const days = weekFrom('2025-03-27', 'Europe/Berlin');
    expect(days.map(({ date }) => date.slice(8))).toEqual(['27', '28', '29', '30', '31', '01', '02']);
    expect(days.map(({ start, end }) => (end - start) / HOUR)).toEqual([24, 24, 24, 23, 24, 24, 24]);
    expect(days.slice(1).map(({ start }) => start)).toEqual(days.slice(0, -1).map(({ end }) => end));
    expect(windowOf(days)).toEqual({ from: '2025-03-26T23:00:00.000Z', to: '2025-04-02T22:00:00.000Z' });
  });

  it('puts each slot on its local day', () => {
    const slots = ['2025-06-02T21:30:00.000Z', '2025-06-02T22:00:00.000Z', '2025-06-20T09:00:00.000Z'].map(
      (start) => ({ start }),
    );
    const grouped = groupByDay(weekFrom('2025-06-02', 'Europe/Berlin'), slots);
    expect(grouped.map(({ slots: each }) => each.length)).toEqual([1, 1, 0, 0, 0, 0, 0]);
    const tokyo = groupByDay(weekFrom('2025-06-02', 'Asia/Tokyo'), slots);
    expect(tokyo.map(({ slots: each }) => each.length)).toEqual([0, 2, 0, 0, 0, 0, 0]);
  });

  it('is found for a date, in whole weeks from today and never before it', () => {
    const dates = ['2025-06-04', '2025-06-10', '2025-06-11', '2025-05-01'];
    expect(dates.map((date) => weekHolding(date, '2025-06-04'))).toEqual([0, 0, 1, 0]);
  });
});
