import { describe, expect, it } from 'vitest';
import {
  NOTIFICATION_COUNT_MAX,
  NOTIFICATION_WINDOW,
  throttledPull,
} from '../../../src/sync/pull/due-times.ts';
import { MINUTE, SECOND } from '../../../src/time/clock.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const runAt = (notified: number, lastStartedAt: number | null) =>
  throttledPull('cal_1', NOW, notified, lastStartedAt).runAt;

describe('the pull after a notification', () => {
  it("comes at once, by the queue's own clock, for as many notifications as are usual", () => {
    expect(runAt(1, NOW - SECOND)).toBeUndefined();
    expect(runAt(6, NOW)).toBeUndefined();
    expect(runAt(NOTIFICATION_COUNT_MAX, null)).toBe(NOW + 1_800);
  });

  it('is delayed by each notification more, counted from the pull before, by less than two seconds', () => {
    expect(runAt(7, NOW)).toBe(NOW + SECOND);
    expect(runAt(16, NOW - SECOND)).toBe(NOW + 800);
    expect(runAt(10_000, NOW)).toBe(NOW + 1_800);
    expect(runAt(10_000, NOW - MINUTE)).toBeUndefined();
  });

  it('is one job per calendar, which each notification moves', () => {
    expect(throttledPull('cal_1', NOW, 1, null)).toMatchObject({
      task: 'pull',
      key: 'cal_1',
      replaceRunAt: true,
    });
  });

  it('goes behind the jobs of other calendars once its own is flooded', () => {
    expect(throttledPull('cal_1', NOW, 6, NOW).paced).toBeUndefined();
    expect(throttledPull('cal_1', NOW, 7, NOW).paced).toBe(true);
  });
});

/** Edits at these instants, each notified at once, and pulls that take no time. @returns the worst lag of an edit, and the pulls */
function pullsAfter(edits: readonly number[]) {
  const pulls: number[] = [];
  let due: number | null = null;
  let lag = 0;
  const waiting: number[] = [];
  const pullUntil = (now: number) => {
    if (due === null || due > now) return;
    for (const edit of waiting.splice(0)) lag = Math.max(lag, due - edit);
    pulls.push(due);
    due = null;
  };
  let oldest = 0;
  for (const [i, now] of edits.entries()) {
    pullUntil(now);
    waiting.push(now);
    while ((edits[oldest] ?? now) <= now - NOTIFICATION_WINDOW) oldest++;
    const notified = i - oldest + 1;
    due = throttledPull('cal_1', now, notified, pulls.at(-1) ?? null).runAt ?? now;
    pullUntil(now);
  }
  pullUntil(Number.POSITIVE_INFINITY);
  return { lag, pulls: pulls.length };
}
const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => NOW + i * ms);

describe('a calendar that is edited quickly', () => {
  it('is shown as it is within two seconds, and read less often than it is edited', () => {
    for (const edits of [
      every(1_400, 7),
      every(1_000, 15),
      every(400, 15),
      every(100, 300),
      every(5, 6_000),
    ]) {
      const { lag, pulls } = pullsAfter(edits);
      expect(lag).toBeLessThan(2 * SECOND);
      expect(pulls).toBeLessThanOrEqual(edits.length);
    }
  });

  it('is read as often as two seconds allow while it is flooded', () => {
    // 6,000 notifications in 30 s: the first six at once, then one pull each 1.8 s.
    expect(pullsAfter(every(5, 6_000)).pulls).toBeLessThanOrEqual(6 + Math.ceil(30 / 1.8));
    expect(pullsAfter(every(100, 300)).pulls).toBeLessThanOrEqual(6 + Math.ceil(30 / 1.8));
  });
});
