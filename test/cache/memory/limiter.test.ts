import { afterEach, beforeEach, vi } from 'vitest';
import { createMemoryLimiter } from '../../../src/cache/memory/limiter.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { limiterContract } from '../../contracts/limiter.ts';

// Windows are counted by a library, which has the system's clock and timers.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

limiterContract('memory', async () => {
  const limiter = createMemoryLimiter({ clock: systemClock });
  const pass = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms));
  return { limiter, other: limiter, pass, close: async () => {} };
});
