/** What it means that a calendar counts as busy time, and that it no longer does. */

import { cacheKey } from '../cache/keys.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Account } from '../store/access/accounts.ts';
import { beginSelection, type Calendar, endSelection } from '../store/calendars/calendars.ts';
import { recordFreshness } from '../store/calendars/freshness-history.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';

/** Both do nothing when it is so already; both return the cache keys that they made stale. */
export interface CalendarSelection {
  /** As never read; its channel and its first pull are asked for. */
  select(tx: Tx, calendar: Calendar, account: Account, now: Instant): Promise<string[]>;
  /** Its busy time is forgotten; its channel is to be closed. */
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

/** A look at the channels and a pull, soon. */
export async function enqueueFirstSync(jobs: JobQueue, tx: Tx, calendars: readonly string[]): Promise<void> {
  const requests = calendars.flatMap((calendar) => [
    { task: 'watch' as const, payload: { calendar }, key: calendar },
    { task: 'pull' as const, payload: { calendar }, key: calendar },
  ]);
  if (requests.length > 0) await jobs.enqueue(tx, requests);
}

const staleKeys = ({ id, hostId }: Calendar) => [cacheKey.host(hostId), cacheKey.calendar(id)];
