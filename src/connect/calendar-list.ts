/** Applies a provider's calendar list to an account's stored calendars. */

import type { JobQueue } from '../jobs/port.ts';
import type { RemoteCalendar } from '../providers/port.ts';
import type { Account } from '../store/access/accounts.ts';
import {
  type Calendar,
  changeCalendar,
  insertCalendar,
  lockAccountCalendars,
  resetCursor,
} from '../store/calendars/calendars.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';
import type { CalendarSelection } from './selection.ts';

export type ApplyCalendarList = (
  tx: Tx,
  account: Account,
  listed: readonly RemoteCalendar[],
  now: Instant,
) => Promise<{
  /** The listed calendars as they are stored now. */
  calendars: Calendar[];
  /** Cache keys whose values are stale now. */
  keys: string[];
}>;

/** The account's row must be locked. New calendars are not selected; calendars that left the list are deselected. */
export function createApplyCalendarList({
  jobs,
  selection,
}: {
  jobs: JobQueue;
  selection: CalendarSelection;
}): ApplyCalendarList {
  /** The changed columns, or null when nothing changed. */
  function changedRow(known: Calendar, { externalId: _, ...remote }: RemoteCalendar) {
    const next = {
      ...remote,
      // A list without the zone keeps the one that a pull returned.
      timeZone: remote.timeZone ?? known.timeZone,
      // Whether the provider refused a channel is not in the list, so a refusal stays.
      watchable: remote.watchable && known.watchable,
      removed: false,
    };
    const { name, timeZone, primary, writable, watchable, removed } = known;
    const before = { name, timeZone, primary, writable, watchable, removed };
    const same = Object.entries(before).every(([key, value]) => next[key as keyof typeof before] === value);
    return same ? null : next;
  }

  return async (tx, account, listed, now) => {
    const rows = new Map((await lockAccountCalendars(tx, account.id)).map((row) => [row.externalId, row]));
    const calendars: Calendar[] = [];
    const keys: string[] = [];
    for (const remote of new Map(listed.map((item) => [item.externalId, item])).values()) {
      const row = rows.get(remote.externalId);
      rows.delete(remote.externalId);
      const next = row && changedRow(row, remote);
      if (!row) calendars.push(await insertCalendar(tx, account, remote));
      else if (!next) calendars.push(row);
      else {
        calendars.push(await changeCalendar(tx, row.id, next));
        if (row.selected && row.timeZone !== next.timeZone) {
          // The bounds of all-day events depend on the zone, so every event is read again.
          await resetCursor(tx, row.id, now);
          await jobs.enqueue(tx, [{ task: 'pull', payload: { calendar: row.id }, key: row.id }]);
        }
      }
    }
    for (const missing of rows.values()) {
      keys.push(...(await selection.deselect(tx, missing, now)));
      if (!missing.removed) await changeCalendar(tx, missing.id, { removed: true });
    }
    return { calendars, keys };
  };
}
