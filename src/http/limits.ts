/** How much one address may ask, and how many streams it may hold open, without a key. */
import type { Limiter, RateLimit } from '../cache/port.ts';
import { rateLimited } from '../graphql/limits.ts';
import type { Metrics } from '../metrics.ts';

export interface AddressLimits {
  /** @throws SlotwireError RATE_LIMITED */
  countOperation(address: string): Promise<void>;
  /**
   * @returns a function that gives the stream's place back, once; null when the address has as many streams as it may.
   */
  acquireStream(address: string): (() => void) | null;
}

export interface AddressLimitsDeps {
  /**
   * Of this process alone. The answer to most operations lies in the cache, one round trip away: asking Redis first would
   * double every caller's wait, only to be exact towards callers who ask too much of several gateways at once.
   */
  limiter: Limiter;
  /** RATE_LIMIT_ANONYMOUS */
  operations: RateLimit;
  /** SOCKETS_PER_ADDRESS, of this process, as the streams weigh on it. */
  sockets: number;
  metrics: Metrics;
}

export function createAddressLimits({
  limiter,
  operations,
  sockets,
  metrics,
}: AddressLimitsDeps): AddressLimits {
  const open = new Map<string, number>();
  return {
    async countOperation(address) {
      const wait = await limiter.take(`address:${address}`, operations);
      if (wait === null) return;
      metrics.rateLimited.inc({ limit: 'operations' });
      throw rateLimited(wait);
    },

    acquireStream(address) {
      const count = open.get(address) ?? 0;
      if (count >= sockets) {
        metrics.rateLimited.inc({ limit: 'sockets' });
        return null;
      }
      open.set(address, count + 1);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        const remaining = (open.get(address) ?? 0) - 1;
        if (remaining > 0) open.set(address, remaining);
        else open.delete(address);
      };
    },
  };
}
