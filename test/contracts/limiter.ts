/** What every Limiter promises. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Limiter } from '../../src/cache/port.ts';
import { eventually } from '../harness/eventually.ts';

export interface LimiterBench {
  limiter: Limiter;
  /** The same limits as another process has them. */
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
      it('takes so many, whoever takes them, and then tells how long to wait', async () => {
        for (const each of [limiter, other, limiter]) expect(await each.take('a', limit)).toBeNull();
        for (const each of [limiter, other, limiter]) {
          const wait = (await each.take('a', limit)) ?? 0;
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(MINUTE);
        }
      });

      it('counts every key by itself', async () => {
        for (let i = 0; i < 4; i++) await limiter.take('a', limit);
        expect(await limiter.take('a', limit)).not.toBeNull();
        expect(await limiter.take('b', limit)).toBeNull();
      });

      it('takes several at once, or none when there are not so many', async () => {
        expect(await limiter.take('a', limit, 3)).toBeNull();
        expect(await limiter.take('a', limit)).not.toBeNull();
        expect(await limiter.take('b', limit, 4)).not.toBeNull();
      });

      it('begins anew with the next window, which has a second at least', async () => {
        const short = { count: 1, window: 300 };
        const [first, second] = await Promise.all([limiter.take('a', short), limiter.take('a', short)]);
        expect(first).toBeNull();
        expect(second).toBeGreaterThan(500);
        expect(second).toBeLessThanOrEqual(1_000);
        await bench.pass(1_000);
        // The first one refuses by its own memory, for as long as it was told.
        const next = await Promise.all([other.take('a', short), other.take('a', short)]);
        expect(next).toEqual([null, expect.any(Number)]);
      });

      it('takes exactly so many, however many ask at once', async () => {
        const asked = Array.from({ length: 40 }, (_, i) => (i % 2 ? limiter : other).take('a', limit));
        expect((await Promise.all(asked)).filter((wait) => wait === null)).toHaveLength(3);
      });
    });

    describe('with places', () => {
      const places = { most: 2, ttl: MINUTE };

      it('gives away so many and no more, until one comes back', async () => {
        const [one, two] = [await limiter.acquire('a', places), await other.acquire('a', places)];
        expect([one === null, two === null]).toEqual([false, false]);
        expect(await limiter.acquire('a', places)).toBeNull();
        expect(await other.acquire('a', places)).toBeNull();
        expect(await limiter.acquire('b', places)).not.toBeNull();
        one?.();
        await eventually(async () => expect(await other.acquire('a', places)).not.toBeNull());
        expect(await limiter.acquire('a', places)).toBeNull();
      });

      it('takes a place back once, however often it is given', async () => {
        const one = await limiter.acquire('a', places);
        await limiter.acquire('a', places);
        one?.();
        one?.();
        await eventually(async () => expect(await limiter.acquire('a', places)).not.toBeNull());
        expect(await limiter.acquire('a', places)).toBeNull();
      });

      it('frees the place of whoever never gave it back', async () => {
        const lost = await limiter.acquire('a', { most: 1, ttl: MINUTE });
        expect(await limiter.acquire('a', { most: 1, ttl: MINUTE })).toBeNull();
        await bench.pass(MINUTE);
        expect(await limiter.acquire('a', { most: 1, ttl: MINUTE })).not.toBeNull();
        // What is given back comes before what is asked for afterwards.
        lost?.();
        expect(await limiter.acquire('a', { most: 1, ttl: MINUTE })).toBeNull();
      });

      it('gives away exactly so many, however many ask at once', async () => {
        const asked = Array.from({ length: 20 }, (_, i) => (i % 2 ? limiter : other).acquire('a', places));
        expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(2);
      });
    });

    describe('with failures', () => {
      const bounds = { most: 9, ttl: MINUTE };

      it('counts them in a row, whoever failed, until one succeeds', async () => {
        expect(await limiter.enter('a', MINUTE)).toEqual({ failures: 0, wait: 0 });
        expect(await limiter.recordFailure('a', bounds)).toBe(1);
        expect(await other.recordFailure('a', bounds)).toBe(2);
        expect(await limiter.enter('a', MINUTE)).toEqual({ failures: 2, wait: 0 });
        await other.recordSuccess('a');
        expect(await limiter.recordFailure('a', bounds)).toBe(1);
      });

      it('forgets them some time after the last', async () => {
        await limiter.recordFailure('a', bounds);
        await bench.pass(MINUTE);
        expect(await limiter.enter('a', MINUTE)).toEqual({ failures: 0, wait: 0 });
      });

      it('lets nobody enter while it rests, and the longer rest counts', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 50_000, MINUTE);
        await limiter.pause('a', 10, MINUTE);
        const { failures, wait } = await other.enter('a', MINUTE);
        expect(failures).toBe(1);
        expect(wait).toBeGreaterThan(10_000);
        expect(wait).toBeLessThanOrEqual(50_000);
        expect(await other.enter('b', MINUTE)).toEqual({ failures: 0, wait: 0 });
      });

      it('counts so many and no more, but each trial that fails', async () => {
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

      it('lets one go ahead after a rest; the others wait until it has told', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 10_000, MINUTE);
        await bench.pass(10_000);
        const entered = await Promise.all([limiter, other, limiter].map((each) => each.enter('a', MINUTE)));
        expect(entered.filter(({ wait }) => wait === 0)).toHaveLength(1);
        await limiter.recordSuccess('a');
        expect(await other.enter('a', MINUTE)).toEqual({ failures: 0, wait: 0 });
      });

      it('lets the next go ahead when the first never tells', async () => {
        await limiter.recordFailure('a', bounds);
        await limiter.pause('a', 10_000, MINUTE);
        await bench.pass(10_000);
        expect((await limiter.enter('a', 30_000)).wait).toBe(0);
        expect((await other.enter('a', 30_000)).wait).toBeGreaterThan(0);
        await bench.pass(30_000);
        expect((await other.enter('a', 30_000)).wait).toBe(0);
      });

      it('ends the trial with the next rest', async () => {
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
