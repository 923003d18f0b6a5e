/** Health of calendars as the API reports it: the sync state and the most relevant watch channel of each. */
import type { ChannelTimes } from '../../calendars/watch-state.ts';
import type { Store } from '../client.ts';
import type { CalendarState, WatchChannel } from '../generated/client.ts';

export type { CalendarState, WatchChannel };

export const calendarStatesByIds = (store: Store, calendars: readonly string[]) =>
  store.calendarState.findMany({ where: { calendarId: { in: [...calendars] } } });

/** One channel per calendar: the open channel that was created last, else the failed one that was. */
export async function watchChannelsByCalendar(
  store: Store,
  calendars: readonly string[],
): Promise<WatchChannel[]> {
  const rows = await store.watchChannel.findMany({
    where: { calendarId: { in: [...calendars] }, status: { in: ['open', 'failed'] } },
    orderBy: [{ createdAt: 'asc' }],
  });
  const best = new Map<string, WatchChannel>();
  for (const row of rows) {
    const known = best.get(row.calendarId);
    if (known?.status !== 'open' || row.status === 'open') best.set(row.calendarId, row);
  }
  return [...best.values()];
}

export interface CalendarHealth {
  id: string;
  hostId: string;
  /** Hash of the reported fields of the calendar that do not change by time alone. */
  fingerprint: string;
  /** The calendar's open channel, else its last failed one; null without either. */
  channel: ChannelTimes | null;
}

/** Health of an organisation's calendars, or of those that `calendars` names, in one round trip. */
export async function readCalendarHealth(
  store: Store,
  organisation: string,
  calendars: readonly string[] | null,
): Promise<CalendarHealth[]> {
  const rows = await store.$queryRaw<(Omit<CalendarHealth, 'channel'> & Nullable<ChannelTimes>)[]>`
    select c.id, c.host_id as "hostId",
      md5(row(
        c.name, c.time_zone, c.is_primary, c.writable, c.watchable, c.selected,
        s.proven_as_of, s.last_started_at, s.last_succeeded_at, s.failures, s.error, s.covered_from, s.covered_to,
        w.id, w.last_notification_at
      )::text) as fingerprint,
      w.status, w.opened_at as "openedAt", w.expires_at as "expiresAt"
    from calendar c
    left join calendar_state s on s.calendar_id = c.id
    left join lateral (
      select * from watch_channel
      where calendar_id = c.id and status in ('open', 'failed') and c.selected
      order by status = 'open' desc, created_at desc limit 1
    ) w on true
    where c.organisation_id = ${organisation} and not c.removed
      and (${calendars === null} or c.id = any(${calendars ?? []}))`;
  return rows.map(({ id, hostId, fingerprint, status, openedAt, expiresAt }) => ({
    ...{ id, hostId, fingerprint },
    channel: status === null ? null : { status, openedAt, expiresAt },
  }));
}

type Nullable<T> = { [K in keyof T]: T[K] | null };
