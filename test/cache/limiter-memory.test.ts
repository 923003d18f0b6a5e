import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryLimiter } from '../../src/cache/limiter-memory.ts';
import { systemClock } from '../../src/clock.ts';
import { limiterContract } from '../contracts/limiter.ts';

limiterContract('memory', async () => {
  const limiter = createMemoryLimiter({ clock: systemClock });
  return { limiter, other: limiter, pass: (ms) => pause(ms), close: async () => {} };
});
