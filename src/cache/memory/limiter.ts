/** Limits of one process: what runs when no Redis is configured, and while it is away. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Clock, type Instant, SECOND } from '../../time/clock.ts';
import type { Limit, Limiter } from '../port.ts';

interface Failing {
  failures: number;
  restsUntil: Instant;
  /** Who went ahead after a rest has until then to tell how it went; null: nobody did. */
  trialUntil: Instant | null;
  keptUntil: Instant;
}

export function createMemoryLimiter({ clock }: { clock: Clock }): Limiter {
  const limiterOf = limitersBy((points, duration) => new RateLimiterMemory({ points, duration }));
  /** When each place is free again, at the latest. */
  const places = new Map<string, Set<{ until: Instant }>>();
  const failing = new Map<string, Failing>();

  function failingNow(key: string): Failing | null {
    const known = failing.get(key);
    if (!known) return null;
    if (known.keptUntil > clock.now()) return known;
    failing.delete(key);
    return null;
  }

  return {
    take: (key, limit, points = 1) => taken(() => limiterOf(limit).consume(key, points)),

    async acquire(key, { most, ttl }) {
      const now = clock.now();
      const held = places.get(key) ?? new Set();
      for (const place of held) if (place.until <= now) held.delete(place);
      if (held.size >= most) return null;
      const place = { until: now + ttl };
      places.set(key, held.add(place));
      return () => {
        held.delete(place);
        if (held.size === 0 && places.get(key) === held) places.delete(key);
      };
    },

    async enter(key, trial) {
      const known = failingNow(key);
      if (!known) return { failures: 0, wait: 0 };
      const { failures, restsUntil, trialUntil } = known;
      const now = clock.now();
      const wait = Math.max(restsUntil, trialUntil ?? 0) - now;
      if (wait > 0) return { failures, wait };
      if (restsUntil > 0) known.trialUntil = now + trial;
      return { failures, wait: 0 };
    },

    async fail(key, { most, keep }) {
      const now = clock.now();
      // Those that nobody asks for any more.
      for (const [other, { keptUntil }] of failing) if (keptUntil <= now) failing.delete(other);
      const known = failing.get(key) ?? { failures: 0, restsUntil: 0, trialUntil: null, keptUntil: 0 };
      if (known.failures >= most && known.trialUntil === null) return known.failures;
      known.failures += 1;
      known.keptUntil = Math.max(known.keptUntil, now + keep);
      failing.set(key, known);
      return known.failures;
    },

    async rest(key, ms, keep) {
      const now = clock.now();
      const known = failing.get(key) ?? { failures: 0, restsUntil: 0, trialUntil: null, keptUntil: 0 };
      known.restsUntil = Math.max(known.restsUntil, now + ms);
      known.trialUntil = null;
      known.keptUntil = Math.max(known.keptUntil, now + ms + keep);
      failing.set(key, known);
    },

    async recover(key) {
      failing.delete(key);
    },
  };
}

/** The library has one limiter per limit: they are made as they are asked for, and there are few. */
export function limitersBy<T>(create: (points: number, seconds: number) => T): (limit: Limit) => T {
  const known = new Map<string, T>();
  return ({ count, window }) => {
    const seconds = Math.max(1, Math.ceil(window / SECOND));
    const name = `${count}/${seconds}`;
    const found = known.get(name) ?? create(count, seconds);
    known.set(name, found);
    return found;
  };
}

/** The library rejects with its answer when nothing is left. */
export async function taken(consume: () => Promise<RateLimiterRes>): Promise<number | null> {
  try {
    await consume();
    return null;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
    throw refusal;
  }
}
