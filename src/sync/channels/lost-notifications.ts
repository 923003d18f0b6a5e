/** Counts changes that a poll found although no notification of them came: the first sign of a provider that sends none. */

import type { Metrics } from '../../metrics.ts';
import { wasNotifiedSince } from '../../store/calendars/deliveries.ts';
import { type PullTarget, recordLostNotification } from '../../store/calendars/states.ts';
import { wasWatchedSince } from '../../store/calendars/watch-channels.ts';
import type { Store } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE } from '../../time/clock.ts';

/** A notification may be this late: Microsoft names 3 minutes as its longest, Google none. */
const GRACE_PERIOD = 3 * MINUTE;

export interface LostNotifications {
  /**
   * A poll found changes made since `since`, the start of the pull before it. Where a channel was open all that time, a
   * notification should have come, or is about to.
   */
  expectNotification(target: Pick<PullTarget, 'id' | 'provider'>, since: Instant): Promise<void>;
  /** Counts those that did not come within the grace period. A process that ends forgets those it still expects. */
  countMissed(): Promise<void>;
}

export interface LostNotificationsDeps {
  store: Store;
  clock: Clock;
  metrics: Metrics;
}

interface ExpectedNotification {
  provider: string;
  since: Instant;
  deadline: Instant;
}

export function createLostNotifications(deps: LostNotificationsDeps): LostNotifications {
  const { store, clock, metrics } = deps;
  const expected = new Map<string, ExpectedNotification>();
  return {
    async expectNotification({ id, provider }, since) {
      // The poll before found changes too: one notification that is missing is counted once.
      if (expected.has(id)) return;
      const now = clock.now();
      if (!(await wasWatchedSince(store, id, since, now))) return;
      expected.set(id, { provider, since, deadline: now + GRACE_PERIOD });
    },
    async countMissed() {
      const now = clock.now();
      for (const [id, { provider, since, deadline }] of expected) {
        if (deadline > now) continue;
        expected.delete(id);
        if (await wasNotifiedSince(store, id, since)) continue;
        metrics.lostNotifications.inc({ provider });
        await recordLostNotification(store, id, now);
      }
    },
  };
}
