import { expect, it } from 'vitest';
import { backoffDelay, jitterBetween } from '../../src/async/backoff.ts';

const POLICY = { first: 500, max: 30_000, jitter: 1 };

it('doubles the longest wait with each attempt, up to the maximum', () => {
  const longest = [0, 1, 2, 6, 60, 2_000].map((attempt) => backoffDelay(POLICY, attempt, () => 1));
  expect(longest).toEqual([500, 1_000, 2_000, 30_000, 30_000, 30_000]);
});

it('randomises the share of a wait that jitter names, and no more', () => {
  expect(backoffDelay(POLICY, 3, () => 0)).toBe(0);
  expect(backoffDelay(POLICY, 3, () => 0.5)).toBe(2_000);
  expect(backoffDelay({ ...POLICY, jitter: 0.25 }, 3, () => 0)).toBe(3_000);
  expect(backoffDelay({ ...POLICY, jitter: 0 }, 3, () => 0)).toBe(4_000);
  const waits = Array.from({ length: 100 }, () => backoffDelay({ ...POLICY, jitter: 0.5 }, 1));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...waits)).toBeLessThan(1_000);
  expect(new Set(waits).size).toBeGreaterThan(1);
});

it('spreads random waits between two bounds', () => {
  expect([0, 0.5, 1].map((random) => jitterBetween(100, 200, () => random))).toEqual([100, 150, 200]);
});
