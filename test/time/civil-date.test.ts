import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  civilFromDay,
  dateFromDay,
  dayFromCivil,
  dayFromDate,
  daysInMonth,
  isLeap,
  isLocalDate,
  weekdayOf,
  weekOf,
} from '../../src/time/civil-date.ts';

describe('a day', () => {
  it.each([
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-02-29', 11_016],
    ['2026-12-01', 20_788],
  ])('numbers the day %s as %i', (date, day) => {
    const [year = 0, month = 0, dayOfMonth = 0] = date.split('-').map(Number);
    expect(dayFromDate(date)).toBe(day);
    expect(dayFromCivil(year, month, dayOfMonth)).toBe(day);
    expect(dateFromDay(day)).toBe(date);
    expect(civilFromDay(day)).toEqual({ year, month, day: dayOfMonth });
  });

  it('converts days to year, month and day and back, also in the first century', () => {
    fc.assert(
      fc.property(fc.integer({ min: -800_000, max: 2_000_000 }), (day) => {
        const { year, month, day: dayOfMonth } = civilFromDay(day);
        expect(dayFromCivil(year, month, dayOfMonth)).toBe(day);
        expect(dayOfMonth).toBeLessThanOrEqual(daysInMonth(year, month));
      }),
    );
  });

  it('counts weekdays and weeks from Monday, before 1970 too', () => {
    const [thursday, sunday, monday] = ['1970-01-01', '1969-12-28', '1969-12-29'].map(dayFromDate);
    expect([thursday, sunday, monday].map((day) => weekdayOf(day ?? 0))).toEqual([3, 6, 0]);
    expect(weekOf(monday ?? 0)).toBe(weekOf(thursday ?? 0));
    expect(weekOf(sunday ?? 0)).toBe(weekOf(monday ?? 0) - 1);
  });
});

it('adds days over the ends of months and years', () => {
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
});

it('finds leap years, by the rule for centuries too', () => {
  expect([1900, 2000, 2024, 2026].map(isLeap)).toEqual([false, true, true, false]);
  expect([2026, 2028].map((year) => daysInMonth(year, 2))).toEqual([28, 29]);
});

describe('isLocalDate', () => {
  it.each(['2026-12-01', '2028-02-29', '0001-01-01', '2000-02-29'])('accepts the date %j', (text) => {
    expect(isLocalDate(text)).toBe(true);
  });

  it.each([
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '2026-04-00',
    '2026-4-1',
    '2026-12-01T00:00',
    '2026-12-01\n',
    '20261201',
    '',
  ])('refuses %j as a date', (text) => {
    expect(isLocalDate(text)).toBe(false);
  });
});
