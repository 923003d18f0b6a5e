import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryLimiter } from '../../../src/cache/memory/limiter.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { limiterContract } from '../../contracts/limiter.ts';

limiterContract('memory', async () => {
  const limiter = createMemoryLimiter({ clock: systemClock });
  return { limiter, other: limiter, pass: (ms) => pause(ms), close: async () => {} };
});
