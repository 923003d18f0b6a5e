/** All that the offer of one start of an event type is made of, read in one statement: one snapshot, and one round trip. */
import type { NativeTime } from '../../availability/native.ts';
import { type KindPeriod, mergeBusy } from '../../availability/period.ts';
import type { EventTypeOffer, HostOffer } from '../../availability/rules.ts';
import type { CalendarBusy } from '../../calendars/source.ts';
import type { Instant } from '../../time/clock.ts';
import { NATIVE_TIME, RELEVANT_PAST } from '../bookings/native-time.ts';
import { UNREAD_CALENDAR } from '../calendars/freshness-history.ts';
import type { Tx } from '../client.ts';
import { rulesOf } from './event-types.ts';

export interface StartInputs {
  type: EventTypeOffer;
  title: string;
  /** Those that exist, in the event type's order. */
  hosts: {
    host: HostOffer;
    /** In the order of their ids, with the events that overlap the start with its buffers. */
    calendars: { id: string; source: CalendarBusy }[];
    /** Expired holds among it; in an order of its own that is always the same. */
    native: NativeTime[];
  }[];
}

interface Row {
  organisation: string;
  title: string;
  hosts: string[];
  rules: unknown;
  found: (Omit<HostOffer, 'calendars'> & { calendars: CalendarRow[]; native: NativeTime[] })[] | null;
}

interface CalendarRow {
  id: string;
  state: Omit<CalendarBusy, 'busy'> | null;
  events: KindPeriod[];
}

/** @returns null when there is no such event type. What is read after a lock of the hosts is as it is under that lock. */
export async function readStartInputs(
  tx: Tx,
  eventType: string,
  start: Instant,
  now: Instant,
): Promise<StartInputs | null> {
  const at = new Date(start);
  const [row] = await tx.$queryRaw<Row[]>`
    select y.organisation_id as organisation, r.title, r.hosts, r.rules, (
      select json_agg(json_build_object(
        'id', h.id, 'organisation', h.organisation_id, 'name', h.name, 'slug', h.slug, 'timeZone', h.time_zone,
        'hours', o.hours, 'zoneChanges', o.zone_changes,
        'calendars', (
          select coalesce(json_agg(json_build_object(
            'id', c.id,
            'state', case when s.calendar_id is not null then json_build_object(
              'provenAsOf', epoch_ms(s.proven_as_of), 'provenPull', s.proven_pull, 'basis', s.basis,
              'coveredFrom', epoch_ms(s.covered_from), 'coveredTo', epoch_ms(s.covered_to),
              'trouble', s.trouble) end,
            'events', (
              select coalesce(json_agg(json_build_object(
                'kind', e.kind, 'start', epoch_ms(e.starts_at), 'end', epoch_ms(e.ends_at))), '[]')
              from busy_event e
              where e.calendar_id = c.id and e.valid_to is null and e.ends_at > around.since
                and e.starts_at < around.till)
          ) order by c.id), '[]')
          from calendar c left join calendar_state s on s.calendar_id = c.id
          where c.host_id = h.id and c.selected),
        'native', (
          select coalesce(json_agg(${NATIVE_TIME} order by t.starts_at, t.id), '[]') from native_time t
          where t.host_id = h.id and t.valid_to is null and t.ends_at > ${new Date(now - RELEVANT_PAST)})
      ))
      from host h join host_hours o on o.host_id = h.id and o.valid_to is null
      where h.id = any(r.hosts)
    ) as found
    from event_type y
    join event_type_rules r on r.event_type_id = y.id and r.valid_to is null
    join address a on a.owner_id = y.owner_id
    cross join lateral (select
      ${at}::timestamptz - (r.rules->>'bufferBefore')::float8 * interval '1 millisecond' as since,
      ${at}::timestamptz + ((r.rules->>'length')::float8 + (r.rules->>'bufferAfter')::float8) * interval '1 millisecond'
        as till) around
    where y.id = ${eventType} and y.deleted_at is null`;
  if (!row) return null;
  const { organisation, title, hosts, found } = row;
  const byId = new Map(found?.map((host) => [host.id, host]));
  return {
    type: { id: eventType, organisation, hosts, rules: rulesOf(row.rules) },
    title,
    hosts: hosts.flatMap((id) => {
      const known = byId.get(id);
      if (!known) return [];
      const { native, calendars, ...host } = known;
      return {
        host: { ...host, calendars: calendars.map((calendar) => calendar.id) },
        calendars: calendars.map((calendar) => ({ id: calendar.id, source: sourceOf(calendar) })),
        native,
      };
    }),
  };
}

const sourceOf = ({ state, events }: CalendarRow): CalendarBusy =>
  state ? { ...state, busy: mergeBusy(events) } : UNREAD_CALENDAR;
