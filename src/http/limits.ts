/** How much one address may ask, and how many connections and streams it may hold open, without a key. */
import { createHash } from 'node:crypto';
import { BoundedMap } from '../async/bounded-map.ts';
import type { PromptLimiter } from '../cache/blockwise-limiter.ts';
import type { RateLimit } from '../cache/port.ts';
import { rateLimited } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { networksOf } from '../net/networks.ts';

export interface AddressLimits {
  /** @param points that the operation costs; 1 when absent. @throws SlotwireError RATE_LIMITED */
  countOperation(address: string, points?: number): Promise<void>;
  /** The same, at once where this process can tell by itself. @throws SlotwireError RATE_LIMITED */
  admitOperation(address: string, points?: number): void | Promise<void>;
  /**
   * Counts what an operation costs beyond the one that it was counted as when it came. One that costs more than the whole
   * limit takes all of it, so that an address that asked for nothing before may ask for anything.
   * At once where this process can tell by itself.
   * @param cost fields. @throws SlotwireError RATE_LIMITED
   */
  countCost(address: string, cost: number): void | Promise<void>;
  /**
   * @returns a function that gives the stream's place back, once; null when the address has as many streams as it may.
   */
  acquireStream(address: string): (() => void) | null;
}

/** Addresses whose counts are known without hashing them again. */
const ADDRESSES_MAX = 10_000;
/** Fields that count as one operation. */
const FIELDS_AN_OPERATION = 10_000;

export interface AddressLimitsDeps {
  /** Of this process, or over all processes: see docs/adr/0015. */
  limiter: PromptLimiter;
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
  const streams = createPlaces(sockets);

  /** The counts of addresses that asked lately. */
  const counts = new BoundedMap<string, readonly { key: string; limit: RateLimit }[]>(ADDRESSES_MAX);

  function countsOf(address: string) {
    const known = counts.get(address);
    if (known) return known;
    const found = networksOf(address).map(({ network, share }) => ({
      key: `operations:${hashNetwork(network)}`,
      limit: { ...operations, count: operations.count * share },
    }));
    counts.set(address, found);
    return found;
  }

  /** Takes the points of one count after the other, from the one at `first` on. */
  function admitOperation(address: string, points = 1, first = 0): void | Promise<void> {
    const all = countsOf(address);
    for (let at = first; at < all.length; at++) {
      const count = all[at];
      const wait = count ? limiter.take(count.key, count.limit, points) : null;
      if (wait instanceof Promise)
        return wait.then((waited) => {
          passOrThrow(waited);
          return admitOperation(address, points, at + 1);
        });
      passOrThrow(wait);
    }
  }

  function passOrThrow(wait: number | null) {
    if (wait === null) return;
    metrics.rateLimited.inc({ limit: 'operations' });
    throw rateLimited(wait);
  }

  return {
    countOperation: async (address, points) => admitOperation(address, points),

    admitOperation: (address, points) => admitOperation(address, points),

    countCost(address, cost) {
      const points = Math.min(operations.count, Math.round(cost / FIELDS_AN_OPERATION)) - 1;
      return points > 0 ? admitOperation(address, points) : undefined;
    },

    acquireStream(address) {
      const release = streams.acquire(address);
      if (!release) metrics.rateLimited.inc({ limit: 'sockets' });
      return release;
    },
  };
}

/** Places of each address, IPv6 counted by its networks. */
export interface Places {
  /** @returns a function that gives the place back, once; null when all places of the address are taken. */
  acquire(address: string): (() => void) | null;
}

/** @param most places of one address; a /48 has as many times more as its share says. */
export function createPlaces(most: number): Places {
  const taken = new Map<string, number>();
  const takenBy = (network: string) => taken.get(network) ?? 0;
  return {
    acquire(address) {
      const networks = networksOf(address);
      if (networks.some(({ network, share }) => takenBy(network) >= most * share)) return null;
      for (const { network } of networks) taken.set(network, takenBy(network) + 1);
      let released = false;
      return () => {
        if (released) return;
        released = true;
        for (const { network } of networks) {
          const left = takenBy(network) - 1;
          if (left > 0) taken.set(network, left);
          else taken.delete(network);
        }
      };
    },
  };
}

/** Redis holds no address in the clear, and keys of one length. */
const hashNetwork = (network: string) =>
  createHash('sha256').update(network).digest('base64url').slice(0, 22);
