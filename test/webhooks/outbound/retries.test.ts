import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { nextAttemptAt } from '../../../src/webhooks/outbound/retries.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const SCHEDULE = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

describe('the next try', () => {
  it.each(SCHEDULE.map((pause, at) => [at + 1, pause]))(
    'after %i tries comes %i ms later',
    (tries, pause) => {
      const pauses = Array.from({ length: 50 }, () => (nextAttemptAt(tries, null, NOW) ?? 0) - NOW);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(pause);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(pause * 1.1 + 1);
      expect(new Set(pauses).size).toBeGreaterThan(1);
    },
  );

  it('after ten tries is none, whatever the receiver wishes', () => {
    expect(nextAttemptAt(10, null, NOW)).toBeNull();
    expect(nextAttemptAt(10, MINUTE, NOW)).toBeNull();
  });

  it('comes no sooner than the receiver wishes, within a day', () => {
    expect(nextAttemptAt(1, HOUR, NOW)).toBe(NOW + HOUR);
    expect(nextAttemptAt(1, 0, NOW)).toBeGreaterThanOrEqual(NOW + 5 * SECOND);
    expect(nextAttemptAt(1, 3 * DAY, NOW)).toBe(NOW + DAY);
  });
});
