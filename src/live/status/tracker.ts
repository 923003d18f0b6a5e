/** An organisation's calendars while somebody follows how they are: what was seen of them last, and whom to tell of what is new. */
import { watchStateOf } from '../../calendars/watch-state.ts';
import type { Log } from '../../log.ts';
import { type CalendarHealth, readCalendarHealth } from '../../store/calendars/health.ts';
import type { Store } from '../../store/client.ts';
import type { Clock } from '../../time/clock.ts';

/** What rings meanwhile is read together, milliseconds. */
export const BATCH_WINDOW = 100;

export interface StatusSubscriber {
  /** Null: of every host. */
  host: string | null;
  notify(calendar: string): void;
  end(): void;
}

export interface CalendarTracker {
  subscribers: Set<StatusSubscriber>;
  /** The first look. What changes once it resolved is told. Rejects when the store can't be read. */
  ready: Promise<void>;
  /** Is this one of its calendars, as far as was seen? */
  has(calendar: string): boolean;
  /** This calendar may have changed; null: any may. */
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

  /** @param calendars null: all. @returns those that were not as they were seen last */
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

  /** Until nothing is left to be looked at. Never rejects. */
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
      log.warn({ err: error }, 'how calendars are could not be read; trying again');
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
