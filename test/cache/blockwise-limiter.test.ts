import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBlockwiseLimiter } from '../../src/cache/blockwise-limiter.ts';
import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import type { Limiter } from '../../src/cache/port.ts';
import { systemClock } from '../../src/time/clock.ts';

const MINUTE = 60_000;
const limit = { count: 10, window: MINUTE };

let shared: Limiter;
/** Calls of the shared count. */
let asked: number;
beforeEach(() => {
  vi.useFakeTimers();
  shared = createMemoryLimiter({ clock: systemClock });
  asked = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const process = (tally: Limiter['tally'] = shared.tally) =>
  createBlockwiseLimiter({
    limiter: {
      tally(...args) {
        asked += 1;
        return tally(...args);
      },
    },
    clock: systemClock,
  });

describe('a limit over two processes', () => {
  it('is exact for a caller who asks the one and then the other', async () => {
    const [one, other] = [process(), process()];
    for (let i = 0; i < 10; i++) expect(await one.take('a', limit)).toBeNull();
    expect(await other.take('a', limit)).toBeGreaterThan(0);
    expect(await one.take('a', limit)).toBeGreaterThan(0);
    expect(await other.take('b', limit)).toBeNull();
  });

  it('is exact for a caller who asks both in turn', async () => {
    const both = [process(), process()];
    const answers: (number | null)[] = [];
    for (let i = 0; i < 14; i++) {
      answers.push((await both[i % 2]?.take('a', limit)) ?? null);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(answers.filter((wait) => wait === null)).toHaveLength(10);
  });

  it('admits no crowd of first requests that the other process has used up', async () => {
    const [one, other] = [process(), process()];
    await one.take('a', limit, 10);
    const answers = await Promise.all(Array.from({ length: 20 }, () => other.take('a', limit)));
    expect(answers.filter((wait) => wait === null)).toEqual([]);
  });

  it('admits exactly so many of a crowd at one process', async () => {
    const one = process();
    const answers = await Promise.all(Array.from({ length: 30 }, () => one.take('a', limit)));
    expect(answers.filter((wait) => wait === null)).toHaveLength(10);
  });

  it('asks the shared count for a caller’s first request, and then in blocks', async () => {
    const one = process();
    const many = { count: 1_000, window: MINUTE };
    for (let i = 0; i < 500; i++) await one.take('a', many);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toBe(2);
    expect(await shared.tally('a', many, 0)).toMatchObject({ taken: 500 });
  });

  it('begins anew with the next window', async () => {
    const one = process();
    for (let i = 0; i < 11; i++) await one.take('a', limit);
    const wait = (await one.take('a', limit)) ?? 0;
    expect(wait).toBeLessThanOrEqual(MINUTE);
    await vi.advanceTimersByTimeAsync(MINUTE + 1_000);
    expect(await one.take('a', limit)).toBeNull();
  });

  it('refuses what costs more than all points, and charges nothing for it', async () => {
    const one = process();
    expect(await one.take('a', limit, 11)).toBeGreaterThan(0);
    expect(await one.take('a', limit, 10)).toBeNull();
  });
});

describe('a shared count that does not answer', () => {
  it('is waited for a tenth of a second, then not for a while; this process counts by itself', async () => {
    const one = process(() => new Promise(() => {}));
    const first = one.take('a', limit);
    await vi.advanceTimersByTimeAsync(100);
    expect(await first).toBeNull();
    for (let i = 0; i < 9; i++) expect(await one.take('a', limit)).toBeNull();
    expect(await one.take('a', limit)).toBeGreaterThan(0);
    expect(await one.take('b', limit)).toBeNull();
    expect(asked).toBe(1);
  });
});
