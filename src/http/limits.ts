/** How much one address may ask, and hold open, without a key. */
import type { Limit, Limiter } from '../cache/port.ts';
import { rateLimited } from '../graphql/limits.ts';
import type { Metrics } from '../metrics.ts';

export interface AddressLimits {
  /** @throws SlotwireError RATE_LIMITED */
  operation(address: string): Promise<void>;
  /** @returns gives the place back, once; null when the address has as many as it may */
  stream(address: string): (() => void) | null;
}

export interface AddressLimitsDeps {
  /**
   * Of this process alone. The answer to most operations lies in the cache one round trip away: asking Redis first
   * would double the wait of everybody, to be exact towards those who ask too much of several gateways at once.
   */
  limiter: Limiter;
  /** RATE_LIMIT_ANONYMOUS */
  operations: Limit;
  /** SOCKETS_PER_ADDRESS, of this process: it is what they weigh on. */
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
    async operation(address) {
      const wait = await limiter.take(`address:${address}`, operations);
      if (wait === null) return;
      metrics.rateLimited.inc({ limit: 'operations' });
      throw rateLimited(wait);
    },

    stream(address) {
      const held = open.get(address) ?? 0;
      if (held >= sockets) {
        metrics.rateLimited.inc({ limit: 'sockets' });
        return null;
      }
      open.set(address, held + 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const rest = (open.get(address) ?? 0) - 1;
        if (rest > 0) open.set(address, rest);
        else open.delete(address);
      };
    },
  };
}
