import { describe, expect, it } from 'vitest';
import { addMonths, daysOfMonth, firstWeekdayOf, weeksOfMonth } from '../../../src/web/booking/month.ts';

describe('a month', () => {
  it('comes after another, over the ends of years', () => {
    expect(['2026-11', '2026-12', '2027-01'].map((month) => addMonths(month, 1))).toEqual([
      ...['2026-12', '2027-01', '2027-02'],
    ]);
    expect([addMonths('2027-01', -1), addMonths('2026-11', -23), addMonths('2026-11', 26)]).toEqual([
      ...['2026-12', '2024-12', '2029-01'],
    ]);
  });

  it('has its days, in whole weeks from the weekday that they begin with', () => {
    expect(daysOfMonth('2028-02')).toHaveLength(29);
    const mondays = weeksOfMonth('2026-11', 0);
    expect(mondays.every((week) => week.length === 7)).toBe(true);
    expect(mondays.length).toBe(6);
    expect(mondays[0]).toEqual([null, null, null, null, null, null, '2026-11-01']);
    expect(mondays.at(-1)?.[0]).toBe('2026-11-30');
    const sundays = weeksOfMonth('2026-11', 6);
    expect(sundays.length).toBe(5);
    expect(sundays[0]?.[0]).toBe('2026-11-01');
    expect(weeksOfMonth('2027-02', 0)).toHaveLength(4);
    expect(mondays.flat().filter((day) => day !== null)).toEqual(daysOfMonth('2026-11'));
  });

  it('begins its weeks as the locale does', () => {
    expect([firstWeekdayOf('de'), firstWeekdayOf('en-US'), firstWeekdayOf('ar-EG')]).toEqual([0, 6, 5]);
  });
});
