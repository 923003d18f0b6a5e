import { describe, expect, it } from 'vitest';
import { NOTIFICATION_COUNT_MAX, throttledPull } from '../../../src/sync/pull/due-times.ts';
import { MINUTE, SECOND } from '../../../src/time/clock.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const runAt = (notified: number, lastStartedAt: number | null) =>
  throttledPull('cal_1', NOW, notified, lastStartedAt).runAt;

describe('the pull after a notification', () => {
  it("comes at once, by the queue's own clock, for as many notifications as are usual", () => {
    expect(runAt(1, NOW - SECOND)).toBeUndefined();
    expect(runAt(6, NOW)).toBeUndefined();
    expect(runAt(NOTIFICATION_COUNT_MAX, null)).toBe(NOW + 15 * SECOND);
  });

  it('is delayed by each notification more, counted from the pull before, by fifteen seconds at most', () => {
    expect(runAt(7, NOW)).toBe(NOW + SECOND);
    expect(runAt(16, NOW - 4 * SECOND)).toBe(NOW + 6 * SECOND);
    expect(runAt(10_000, NOW)).toBe(NOW + 15 * SECOND);
    expect(runAt(10_000, NOW - MINUTE)).toBeUndefined();
  });

  it('is one job per calendar, which each notification moves', () => {
    expect(throttledPull('cal_1', NOW, 1, null)).toMatchObject({
      task: 'pull',
      key: 'cal_1',
      replaceRunAt: true,
    });
  });
});
