import { describe, expect, it } from 'vitest';
import { HOUR } from '../../../src/time/clock.ts';
import { groupByDay, weekContaining, weekFrom, windowForDays } from '../../../src/web/booking/days.ts';

describe('a week', () => {
  it('joins the days of a week, over a clock change', () => {
    const days = weekFrom('2025-03-27', 'Europe/Berlin');
    expect(days.map(({ date }) => date.slice(8))).toEqual(['27', '28', '29', '30', '31', '01', '02']);
    expect(days.map(({ start, end }) => (end - start) / HOUR)).toEqual([24, 24, 24, 23, 24, 24, 24]);
    expect(days.slice(1).map(({ start }) => start)).toEqual(days.slice(0, -1).map(({ end }) => end));
    expect(windowForDays(days)).toEqual({ from: '2025-03-26T23:00:00.000Z', to: '2025-04-02T22:00:00.000Z' });
  });

  it('groups slots by local day', () => {
    const slots = ['2025-06-02T21:30:00.000Z', '2025-06-02T22:00:00.000Z', '2025-06-20T09:00:00.000Z'].map(
      (start) => ({ start }),
    );
    const grouped = groupByDay(weekFrom('2025-06-02', 'Europe/Berlin'), slots);
    expect(grouped.map(({ slots: each }) => each.length)).toEqual([1, 1, 0, 0, 0, 0, 0]);
    const tokyo = groupByDay(weekFrom('2025-06-02', 'Asia/Tokyo'), slots);
    expect(tokyo.map(({ slots: each }) => each.length)).toEqual([0, 2, 0, 0, 0, 0, 0]);
  });

  it('finds the week of a date, counted in whole weeks from today and never before it', () => {
    const dates = ['2025-06-04', '2025-06-10', '2025-06-11', '2025-05-01'];
    expect(dates.map((date) => weekContaining(date, '2025-06-04'))).toEqual([0, 0, 1, 0]);
  });
});
