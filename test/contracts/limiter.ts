/** The contract of every Limiter. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Limiter } from '../../src/cache/port.ts';
import { eventually } from '../harness/eventually.ts';

export interface LimiterBench {
  limiter: Limiter;
  /** The same limits in another process. */
  other: Limiter;
  /** Lets this many milliseconds pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const limit = { count: 3, window: MINUTE };

export function limiterContract(name: string, open: () => Promise<LimiterBench>): void {
  describe(`${name} as a limiter`, () => {
    let bench: LimiterBench;
    let limiter: Limiter;
    let other: Limiter;
    beforeEach(async () => {
      bench = await open();
      ({ limiter, other } = bench);
    });
    afterEach(() => bench.close());

    describe('within a window', () => {
      it('allows so many points over all processes, then says how long to wait', async () => {
        for (const each of [limiter, other, limiter]) expect(await each.take('a', limit)).toBeNull();
        for (const each of [limiter, other, limiter]) {
          const wait = (await each.take('a', limit)) ?? 0;
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(MINUTE);
        }
      });

      it('counts each key by itself', async () => {
        for (let i = 0; i < 4; i++) await limiter.take('a', limit);
        expect(await limiter.take('a', limit)).not.toBeNull();
        expect(await limiter.take('b', limit)).toBeNull();
      });

      it('takes several points at once, or none when fewer are left', async () => {
        expect(await limiter.take('a', limit, 3)).toBeNull();
        expect(await limiter.take('a', limit)).not.toBeNull();
        expect(await limiter.take('b', limit, 4)).not.toBeNull();
      });

      it('tells how many points are taken over all processes, also past the limit', async () => {
        expect((await limiter.tally('a', limit, 2)).taken).toBe(2);
        const { taken, endsIn } = await other.tally('a', limit, 1);
        expect(taken).toBe(3);
        expect(endsIn).toBeGreaterThan(0);
        expect(endsIn).toBeLessThanOrEqual(MINUTE);
        expect((await limiter.tally('a', limit, 2)).taken).toBeGreaterThan(3);
        expect(await other.take('a', limit)).not.toBeNull();
      });

      it('starts anew with the next window, which lasts a second at least', async () => {
        const short = { count: 1, window: 300 };
        const [first, second] = await Promise.all([limiter.take('a', short), limiter.take('a', short)]);
        expect(first).toBeNull();
        expect(second).toBeGreaterThan(500);
        expect(second).toBeLessThanOrEqual(1_000);
        await bench.pass(1_000);
        // This process refuses by its own memory for the rest of the window.
        const next = await Promise.all([other.take('a', short), other.take('a', short)]);
        expect(next).toEqual([null, expect.any(Number)]);
      });

      it('allows exactly so many points, however many callers ask at once', async () => {
        const asked = Array.from({ length: 40 }, (_, i) => (i % 2 ? limiter : other).take('a', limit));
        expect((await Promise.all(asked)).filter((wait) => wait === null)).toHaveLength(3);
      });
    });

    describe('with permits', () => {
      const permits = { most: 2, ttl: MINUTE };

      it('grants so many permits and no more until one is released', async () => {
        const [one, two] = [await limiter.acquire('a', permits), await other.acquire('a', permits)];
        expect([one === null, two === null]).toEqual([false, false]);
        expect(await limiter.acquire('a', permits)).toBeNull();
        expect(await other.acquire('a', permits)).toBeNull();
        expect(await limiter.acquire('b', permits)).not.toBeNull();
        one?.();
        await eventually(async () => expect(await other.acquire('a', permits)).not.toBeNull());
        expect(await limiter.acquire('a', permits)).toBeNull();
      });

      it('releases a permit once, however often the release is called', async () => {
        const one = await limiter.acquire('a', permits);
        await limiter.acquire('a', permits);
        one?.();
        one?.();
        await eventually(async () => expect(await limiter.acquire('a', permits)).not.toBeNull());
        expect(await limiter.acquire('a', permits)).toBeNull();
      });

      it('ends a permit that is never released', async () => {
        const lost = await limiter.acquire('a', { most: 1, ttl: MINUTE });
        expect(await limiter.acquire('a', { most: 1, ttl: MINUTE })).toBeNull();
        await bench.pass(MINUTE);
        expect(await limiter.acquire('a', { most: 1, ttl: MINUTE })).not.toBeNull();
        // A release arrives before a later request.
        lost?.();
        expect(await limiter.acquire('a', { most: 1, ttl: MINUTE })).toBeNull();
      });

      it('grants exactly so many permits, however many callers ask at once', async () => {
        const asked = Array.from({ length: 20 }, (_, i) => (i % 2 ? limiter : other).acquire('a', permits));
        expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(2);
      });
    });

    describe('with failures', () => {
      const bounds = { most: 9, ttl: MINUTE };

      it('counts failures in a row over all processes until a success', async () => {
        expect(await limiter.enter('a', MINUTE)).toEqual({ failures: 0, wait: 0 });
        expect(await limiter.recordFailure('a', bounds)).toBe(1);
        expect(await other.recordFailure('a', bounds)).toBe(2);
        expect(await limiter.enter('a', MINUTE)).toEqual({ failures: 2, wait: 0 });
        await other.recordSuccess('a');
        expect(await limiter.recordFailure('a', bounds)).toBe(1);
      });

      it('forgets failures some time after the last one', async () => {
        await limiter.recordFailure('a', bounds);
        await bench.pass(MINUTE);
        expect(await limiter.enter('a', MINUTE)).toEqual({ failures: 0, wait: 0 });
      });

      it('admits no caller during a pause, and the longer pause counts', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 50_000, MINUTE);
        await limiter.pause('a', 10, MINUTE);
        const { failures, wait } = await other.enter('a', MINUTE);
        expect(failures).toBe(1);
        expect(wait).toBeGreaterThan(10_000);
        expect(wait).toBeLessThanOrEqual(50_000);
        expect(await other.enter('b', MINUTE)).toEqual({ failures: 0, wait: 0 });
      });

      it('counts failures up to the bound, and each trial that fails', async () => {
        const two = { most: 2, ttl: MINUTE };
        const counted = await Promise.all(
          [limiter, other, limiter, other].map((each) => each.recordFailure('a', two)),
        );
        expect(counted.sort()).toEqual([1, 2, 2, 2]);
        for (const failures of [3, 4]) {
          await limiter.pause('a', 10_000, MINUTE);
          await bench.pass(10_000);
          await limiter.enter('a', MINUTE);
          expect(await other.recordFailure('a', two)).toBe(failures);
        }
      });

      it('admits one trial after a pause, and the others wait for its outcome', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 10_000, MINUTE);
        await bench.pass(10_000);
        const entered = await Promise.all([limiter, other, limiter].map((each) => each.enter('a', MINUTE)));
        expect(entered.filter(({ wait }) => wait === 0)).toHaveLength(1);
        await limiter.recordSuccess('a');
        expect(await other.enter('a', MINUTE)).toEqual({ failures: 0, wait: 0 });
      });

      it('admits the next trial when the first one has no outcome', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 10_000, MINUTE);
        await bench.pass(10_000);
        expect((await limiter.enter('a', 30_000)).wait).toBe(0);
        expect((await other.enter('a', 30_000)).wait).toBeGreaterThan(0);
        await bench.pass(30_000);
        expect((await other.enter('a', 30_000)).wait).toBe(0);
      });

      it('ends the trial with the next pause', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 10_000, MINUTE);
        await bench.pass(10_000);
        await limiter.enter('a', MINUTE);
        await limiter.pause('a', 20_000, MINUTE);
        await bench.pass(20_000);
        expect((await other.enter('a', MINUTE)).wait).toBe(0);
      });
    });
  });
}
