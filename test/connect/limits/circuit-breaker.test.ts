import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLimiter } from '../../../src/cache/memory/limiter.ts';
import { createCircuitBreaker } from '../../../src/connect/limits/circuit-breaker.ts';
import { createLog } from '../../../src/log.ts';
import { ProviderError, type ProviderFailure } from '../../../src/providers/port.ts';
import { HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';

const log = createLog('silent');
let now: number;
let asked: number;
let limiter: ReturnType<typeof createMemoryLimiter>;
let circuit: ReturnType<typeof createCircuitBreaker>;

beforeEach(() => {
  now = 1_000_000;
  asked = 0;
  limiter = createMemoryLimiter({ clock: { now: () => now } });
  circuit = createCircuitBreaker({ limiter, log });
});

const request = (answer: () => unknown) => async () => {
  asked += 1;
  return answer();
};
const well = request(() => 'well');
const failing = (reason: ProviderFailure = 'transient', retryAfter: number | null = null) =>
  request(() => {
    throw new ProviderError(reason, 'as instructed', { retryAfter });
  });
const guard = (work: () => Promise<unknown>, signal?: AbortSignal) => circuit.guard('acc', work, signal);

async function fail(times: number, reason?: ProviderFailure, retryAfter?: number) {
  for (let i = 0; i < times; i++) await guard(failing(reason, retryAfter)).catch(() => {});
}

/** How long it is left alone; null: it isn't. Asks nobody when it is. */
async function rest(): Promise<number | null> {
  const before = asked;
  const error: unknown = await guard(well).then(
    () => null,
    (error) => error,
  );
  if (error === null) return null;
  expect(asked).toBe(before);
  expect(error).toMatchObject({ reason: 'transient', retryAfter: expect.any(Number) });
  return error instanceof ProviderError ? error.retryAfter : null;
}

describe('the circuit of an account', () => {
  it('opens at the fifth failure in a row, for ten seconds and some', async () => {
    await fail(4);
    expect(await rest()).toBeNull();
    await fail(3, 'rate-limited');
    await fail(2);
    const ms = (await rest()) ?? 0;
    expect(ms).toBeGreaterThanOrEqual(10 * SECOND);
    expect(ms).toBeLessThanOrEqual(12.5 * SECOND);
  });

  it.each(['rejected', 'auth-revoked', 'cursor-expired', 'watch-not-supported'] as const)(
    'takes %s for an answer of a provider that is well',
    async (reason) => {
      await fail(4);
      await fail(1, reason);
      await fail(4);
      expect(await rest()).toBeNull();
    },
  );

  it('does not add up failures that are far apart', async () => {
    for (let i = 0; i < 8; i++) {
      await fail(1);
      now += 11 * MINUTE;
    }
    expect(await rest()).toBeNull();
  });

  it('lets one request try after the rest, and closes when it succeeds', async () => {
    await fail(5);
    now += 13 * SECOND;
    let finish = () => {};
    const trial = guard(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await Promise.resolve();
    expect(await rest()).toBeGreaterThan(0);
    finish();
    await trial;
    expect(await rest()).toBeNull();
    await fail(4);
    expect(await rest()).toBeNull();
  });

  it('rests twice as long after each trial that fails, at most five minutes', async () => {
    await fail(5);
    const rests: number[] = [];
    for (let i = 0; i < 8; i++) {
      const ms = (await rest()) ?? 0;
      rests.push(ms);
      now += ms;
      await fail(1);
    }
    rests.forEach((ms, i) => {
      const least = Math.min(10 * SECOND * 2 ** i, 5 * MINUTE);
      expect(ms).toBeGreaterThanOrEqual(least);
      expect(ms).toBeLessThanOrEqual(Math.min(least * 1.25, 5 * MINUTE));
    });
  });

  it('waits at least as long as the provider asks, but never beyond an hour', async () => {
    await fail(5, 'rate-limited', 20 * MINUTE);
    expect(await rest()).toBe(20 * MINUTE);
    now += 20 * MINUTE;
    await fail(1, 'rate-limited', 90 * 24 * HOUR);
    expect(await rest()).toBe(HOUR);
    now += HOUR;
    expect(await rest()).toBeNull();
  });

  it('counts what was on its way when it opened no further', async () => {
    await Promise.all(Array.from({ length: 9 }, () => guard(failing()).catch(() => {})));
    const ms = (await rest()) ?? 0;
    expect(ms).toBeLessThanOrEqual(12.5 * SECOND);
    now += ms;
    await fail(1);
    expect(await rest()).toBeLessThanOrEqual(25 * SECOND);
  });

  it('does not count what a caller gave up, and lets the next one try in its place', async () => {
    for (let i = 0; i < 9; i++) await guard(failing(), AbortSignal.abort()).catch(() => {});
    expect(await rest()).toBeNull();
    await fail(5);
    now += 13 * SECOND;
    await guard(failing(), AbortSignal.abort()).catch(() => {});
    expect(await rest()).toBeNull();
  });

  it('concerns that account alone', async () => {
    await fail(5);
    expect(await circuit.guard('other', well)).toBe('well');
  });

  it('is shared by all that have the same limiter', async () => {
    await fail(5);
    circuit = createCircuitBreaker({ limiter, log });
    expect(await rest()).toBeGreaterThan(0);
  });
});
