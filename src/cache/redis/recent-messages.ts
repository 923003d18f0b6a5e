/**
 * What was rung lately, to be rung again. Sentinels make a replica the master while the old one lives on for seconds, and
 * gateways leave it one by one: what one of them wrote and rang there meanwhile, those at the new master missed.
 */
import type { Clock, Instant } from '../../time/clock.ts';
import type { Invalidation } from '../port.ts';

/** Longer than any gateway stays with a master that is none any more. */
const MAX_AGE = 15_000;
const MAX_MESSAGES = 10_000;

export interface RecentMessages {
  add(invalidations: readonly Invalidation[]): void;
  /** Of each key the newest bell. */
  recent(): Invalidation[];
}

export function createRecentMessages(clock: Clock): RecentMessages {
  /** By key, in the order of their time. */
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
