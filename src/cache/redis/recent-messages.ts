/**
 * Invalidations that this process published lately, to be published again after a failover. While Sentinels make a replica
 * the master, the old master lives on for seconds, and gateways leave it one by one. Gateways at the new master missed what
 * the others published at the old one.
 */
import type { Clock, Instant } from '../../time/clock.ts';
import type { Invalidation } from '../port.ts';

/** Longer than a gateway stays with a former master. Milliseconds. */
const MAX_AGE = 15_000;
const MAX_MESSAGES = 10_000;

export interface RecentMessages {
  add(invalidations: readonly Invalidation[]): void;
  /** The newest invalidation of each key. */
  recent(): Invalidation[];
}

export function createRecentMessages(clock: Clock): RecentMessages {
  /** By key, the oldest first. */
  const messages = new Map<string, { invalidation: Invalidation; at: Instant }>();

  function prune() {
    const since = clock.now() - MAX_AGE;
    for (const [key, { at }] of messages) {
      if (at > since && messages.size <= MAX_MESSAGES) break;
      messages.delete(key);
    }
  }

  return {
    add(invalidations) {
      for (const invalidation of invalidations) {
        messages.delete(invalidation.key);
        messages.set(invalidation.key, { invalidation, at: clock.now() });
      }
      prune();
    },
    recent() {
      prune();
      return Array.from(messages.values(), ({ invalidation }) => invalidation);
    },
  };
}
