/** An organisation's calendars while they are followed: a fingerprint of the last known state of each, and who is notified of changes. */
import { watchStateOf } from '../../calendars/watch-state.ts';
import type { Log } from '../../log.ts';
import { type CalendarHealth, readCalendarHealth } from '../../store/calendars/health.ts';
import type { Store } from '../../store/client.ts';
import type { Clock } from '../../time/clock.ts';

/** Calendars that are invalidated within so many milliseconds are read together. */
export const BATCH_WINDOW = 100;

export interface StatusSubscriber {
  /** Null: calendars of every host. */
  host: string | null;
  notify(calendar: string): void;
  end(): void;
}

export interface CalendarTracker {
  subscribers: Set<StatusSubscriber>;
  /** The first poll. Changes after it resolved are notified. Rejects when the store can't be read. */
  ready: Promise<void>;
  /** Whether the organisation has this calendar, by the last poll. */
  has(calendar: string): boolean;
  /** This calendar may have changed; null: any may. The tracker compares it soon. */
  markChanged(calendar: string | null): void;
}

export interface CalendarTrackerDeps {
  store: Store;
  clock: Clock;
  log: Log;
}

export function createCalendarTracker(
  organisation: string,
  { store, clock, log }: CalendarTrackerDeps,
): CalendarTracker {
  const subscribers = new Set<StatusSubscriber>();
  const fingerprints = new Map<string, string>();
  const pending = new Set<string>();
  let allPending = false;
  let polling = false;

  const fingerprintOf = ({ fingerprint, channel }: CalendarHealth) =>
    `${fingerprint} ${channel ? watchStateOf(channel, clock.now()) : ''} ${channel?.expiresAt?.getTime() ?? ''}`;

  /** @param calendars null: all. @returns those whose fingerprint changed. */
  async function detectChanges(calendars: readonly string[] | null): Promise<CalendarHealth[]> {
    const found = await readCalendarHealth(store, organisation, calendars);
    const present = new Set(found.map(({ id }) => id));
    for (const id of calendars ?? [...fingerprints.keys()]) if (!present.has(id)) fingerprints.delete(id);
    return found.filter((health) => {
      const sign = fingerprintOf(health);
      if (fingerprints.get(health.id) === sign) return false;
      fingerprints.set(health.id, sign);
      return true;
    });
  }

  function notify({ id, hostId }: CalendarHealth) {
    for (const subscriber of subscribers) {
      if (subscriber.host === null || subscriber.host === hostId) subscriber.notify(id);
    }
  }

  /** Compares until nothing is pending. Never rejects. */
  async function poll() {
    if (polling) return;
    polling = true;
    try {
      await ready;
      while (subscribers.size > 0 && (allPending || pending.size > 0)) {
        const calendars = allPending ? null : [...pending];
        allPending = false;
        pending.clear();
        for (const health of await detectChanges(calendars)) notify(health);
        await new Promise((resolve) => setTimeout(resolve, BATCH_WINDOW));
      }
    } catch (error) {
      allPending = true;
      log.warn({ err: error }, 'state of calendars not read; trying again');
    } finally {
      polling = false;
    }
  }

  const ready = detectChanges(null).then(() => {});
  return {
    subscribers,
    ready,
    has: (calendar) => fingerprints.has(calendar),
    markChanged(calendar) {
      if (calendar === null) allPending = true;
      else pending.add(calendar);
      void poll();
    },
  };
}
