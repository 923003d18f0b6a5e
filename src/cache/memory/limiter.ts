/** The limiter of one process, for a gateway without Redis and for the time in which Redis is away. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Clock, type Instant, SECOND } from '../../time/clock.ts';
import type { Limiter, RateLimit } from '../port.ts';

interface FailureRecord {
  failures: number;
  pausedUntil: Instant;
  /** Until when the others wait for the trial's outcome; null: no trial is under way. */
  trialUntil: Instant | null;
  expiresAt: Instant;
}

export function createMemoryLimiter({ clock }: { clock: Clock }): Limiter {
  const limiterFor = limiterPerLimit((points, duration) => new RateLimiterMemory({ points, duration }));
  /** By key, the permits that are taken. */
  const permits = new Map<string, Set<{ expiresAt: Instant }>>();
  const records = new Map<string, FailureRecord>();

  function currentRecord(key: string): FailureRecord | null {
    const record = records.get(key);
    if (!record) return null;
    if (record.expiresAt > clock.now()) return record;
    records.delete(key);
    return null;
  }

  return {
    take: (key, limit, points = 1) => consume(() => limiterFor(limit).consume(key, points)),
    tally: (key, limit, points) => tally(limit, () => limiterFor(limit).consume(key, points)),

    async acquire(key, { most, ttl }) {
      const now = clock.now();
      const taken = permits.get(key) ?? new Set();
      for (const permit of taken) if (permit.expiresAt <= now) taken.delete(permit);
      if (taken.size >= most) return null;
      const permit = { expiresAt: now + ttl };
      permits.set(key, taken.add(permit));
      return () => {
        taken.delete(permit);
        if (taken.size === 0 && permits.get(key) === taken) permits.delete(key);
      };
    },

    async enter(key, trial) {
      const record = currentRecord(key);
      if (!record) return { failures: 0, wait: 0 };
      const { failures, pausedUntil, trialUntil } = record;
      const now = clock.now();
      const wait = Math.max(pausedUntil, trialUntil ?? 0) - now;
      if (wait > 0) return { failures, wait };
      if (pausedUntil > 0) record.trialUntil = now + trial;
      return { failures, wait: 0 };
    },

    async recordFailure(key, { most, ttl }) {
      const now = clock.now();
      // Records that nobody asks for any more would otherwise stay for ever.
      for (const [other, { expiresAt }] of records) if (expiresAt <= now) records.delete(other);
      const record = records.get(key) ?? { failures: 0, pausedUntil: 0, trialUntil: null, expiresAt: 0 };
      if (record.failures >= most && record.trialUntil === null) return record.failures;
      record.failures += 1;
      record.expiresAt = Math.max(record.expiresAt, now + ttl);
      records.set(key, record);
      return record.failures;
    },

    async pause(key, ms, ttl) {
      const now = clock.now();
      const record = records.get(key) ?? { failures: 0, pausedUntil: 0, trialUntil: null, expiresAt: 0 };
      record.pausedUntil = Math.max(record.pausedUntil, now + ms);
      record.trialUntil = null;
      record.expiresAt = Math.max(record.expiresAt, now + ms + ttl);
      records.set(key, record);
    },

    async recordSuccess(key) {
      records.delete(key);
    },
  };
}

/** The library needs one limiter per limit. They are created on demand, as there are few. */
export function limiterPerLimit<T>(create: (points: number, seconds: number) => T): (limit: RateLimit) => T {
  const record = new Map<string, T>();
  return ({ count, window }) => {
    const seconds = Math.max(1, Math.ceil(window / SECOND));
    const name = `${count}/${seconds}`;
    const found = record.get(name) ?? create(count, seconds);
    record.set(name, found);
    return found;
  };
}

/** The library rejects with its answer when no points are left. @returns milliseconds to wait; null when the points were taken. */
export async function consume(consume: () => Promise<RateLimiterRes>): Promise<number | null> {
  try {
    await consume();
    return null;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
    throw refusal;
  }
}

/** As `consume`, for a caller that wants to know how many points are taken. The library's own refusals may tell none. */
export async function tally(limit: RateLimit, consume: () => Promise<RateLimiterRes>) {
  try {
    const { consumedPoints, msBeforeNext } = await consume();
    return { taken: consumedPoints, endsIn: Math.max(1, msBeforeNext) };
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const { consumedPoints, msBeforeNext } = refusal;
    return { taken: Math.max(consumedPoints, limit.count + 1), endsIn: Math.max(1, msBeforeNext) };
  }
}
