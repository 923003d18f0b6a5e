/** Selects and deselects calendars: only selected ones count as busy time. */

import { cacheKey } from '../cache/keys.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Account } from '../store/access/accounts.ts';
import { beginSelection, type Calendar, endSelection } from '../store/calendars/calendars.ts';
import { recordFreshness } from '../store/calendars/freshness-history.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';

/** Both do nothing when the calendar is in that state already; both return the cache keys whose values are stale. */
export interface CalendarSelection {
  /** The calendar starts unread; its channel and its first pull are enqueued. */
  select(tx: Tx, calendar: Calendar, account: Account, now: Instant): Promise<string[]>;
  /** The calendar's busy time is removed; closing its channel is enqueued. */
  deselect(tx: Tx, calendar: Calendar, now: Instant): Promise<string[]>;
}

export function createCalendarSelection({ jobs }: { jobs: JobQueue }): CalendarSelection {
  return {
    async select(tx, calendar, account, now) {
      if (calendar.selected) return [];
      await beginSelection(tx, calendar, now, account.status === 'AUTH_REVOKED' ? 'auth-revoked' : null);
      await recordFreshness(tx, [calendar.id], now);
      await enqueueFirstSync(jobs, tx, [calendar.id]);
      return staleKeys(calendar);
    },
    async deselect(tx, calendar, now) {
      if (!calendar.selected) return [];
      await endSelection(tx, calendar, now);
      await jobs.enqueue(tx, [{ task: 'watch', payload: { calendar: calendar.id }, key: calendar.id }]);
      return staleKeys(calendar);
    },
  };
}

/** Enqueues a check of the channels and a pull of each calendar. */
export async function enqueueFirstSync(jobs: JobQueue, tx: Tx, calendars: readonly string[]): Promise<void> {
  const requests = calendars.flatMap((calendar) => [
    { task: 'watch' as const, payload: { calendar }, key: calendar },
    { task: 'pull' as const, payload: { calendar }, key: calendar },
  ]);
  if (requests.length > 0) await jobs.enqueue(tx, requests);
}

const staleKeys = ({ id, hostId }: Calendar) => [cacheKey.host(hostId), cacheKey.calendar(id)];
