/** Native calendars: each host has one, which is nobody's but ours. It has no row, and nothing of it is read from anywhere. */
import { badInput } from '../errors.ts';
import { hostOfNativeCalendar, nativeCalendarId } from '../store/bookings/calendars.ts';
import { type Calendar, calendarsByIds } from '../store/calendars/calendars.ts';
import type { Store } from '../store/client.ts';
import { type Host, hostsByIds } from '../store/rules/hosts.ts';

/** A calendar of an account, or (without one) a native calendar. */
export type CalendarNode = Omit<Calendar, 'accountId' | 'createdAt'> & { accountId: string | null };

export const nativeCalendarOf = ({ id, organisationId, timeZone }: Host): CalendarNode => ({
  id: nativeCalendarId(id),
  organisationId,
  hostId: id,
  accountId: null,
  provider: 'native',
  externalId: 'native',
  name: 'Native',
  timeZone,
  primary: false,
  writable: true,
  watchable: false,
  selected: true,
  watchWanted: false,
  removed: false,
});

/** As a loader asks. */
export async function calendarNodes(
  store: Store,
  organisation: string,
  ids: readonly string[],
): Promise<CalendarNode[]> {
  const found = await calendarsByIds(store, organisation, ids);
  const rest = ids.filter((id) => !found.some((calendar) => calendar.id === id));
  if (rest.length === 0) return found;
  const hosts = await hostsByIds(store, organisation, rest.map(hostOfNativeCalendar));
  return [...found, ...hosts.map(nativeCalendarOf)];
}

/** @throws SlotwireError BAD_USER_INPUT for a native calendar. */
export function rejectNative(calendar: CalendarNode | null): void {
  if (calendar && calendar.accountId === null) {
    throw badInput('calendar', 'is a native one: it always counts, and there is nothing to read or to watch');
  }
}
