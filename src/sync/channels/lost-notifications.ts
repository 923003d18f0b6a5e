/** Counts changes that a poll found and no notification announced: a provider that keeps silent shows here first. */

import type { Metrics } from '../../metrics.ts';
import { announcedSince } from '../../store/calendars/deliveries.ts';
import type { PullTarget } from '../../store/calendars/states.ts';
import { watchedSince } from '../../store/calendars/watch-channels.ts';
import type { Store } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE } from '../../time/clock.ts';

/** A notification may be this late: Microsoft names 3 minutes as its longest, Google none. */
const GRACE = 3 * MINUTE;

export interface LostNotifications {
  /**
   * A poll found changes made since `since`, the start of the pull before it. Where a channel was open all that time a
   * notification should have come, or is about to.
   */
  suspect(target: Pick<PullTarget, 'id' | 'provider'>, since: Instant): Promise<void>;
  /** Decides about those whose grace is over. What a process that ends had not decided is not counted. */
  settle(): Promise<void>;
}

export interface LostNotificationsDeps {
  store: Store;
  clock: Clock;
  metrics: Metrics;
}

interface Suspect {
  provider: string;
  since: Instant;
  decideAt: Instant;
}

export function createLostNotifications(deps: LostNotificationsDeps): LostNotifications {
  const { store, clock, metrics } = deps;
  const suspects = new Map<string, Suspect>();
  return {
    async suspect({ id, provider }, since) {
      // The poll before found something too: one silence, counted once.
      if (suspects.has(id)) return;
      const now = clock.now();
      if (!(await watchedSince(store, id, since, now))) return;
      suspects.set(id, { provider, since, decideAt: now + GRACE });
    },
    async settle() {
      const now = clock.now();
      for (const [id, { provider, since, decideAt }] of suspects) {
        if (decideAt > now) continue;
        suspects.delete(id);
        if (!(await announcedSince(store, id, since))) metrics.lostNotifications.inc({ provider });
      }
    },
  };
}
