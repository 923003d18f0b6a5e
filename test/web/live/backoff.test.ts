import { expect, it } from 'vitest';
import { CROWD_FIRST, fullJitter } from '../../../src/web/live/backoff.ts';

it('doubles the ceiling up to half a minute', () => {
  const ceilings = [0, 1, 2, 6, 60, 2_000].map((attempt) => fullJitter(attempt, 1));
  expect(ceilings).toEqual([500, 1_000, 2_000, 30_000, 30_000, 30_000]);
  expect([0, 1, 60].map((attempt) => fullJitter(attempt, 1, CROWD_FIRST))).toEqual([2_000, 4_000, 30_000]);
});

it('spreads over the whole range down to nothing', () => {
  expect(fullJitter(3, 0)).toBe(0);
  expect(fullJitter(3, 0.5)).toBe(2_000);
});
