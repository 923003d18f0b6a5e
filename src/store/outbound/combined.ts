/** A host's combined calendar as rows: events of the calendars that count, bookings and blocks; and what changed of it since. */
import type { BusyKind } from '../../availability/period.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export interface CombinedRow {
  /** Stable key of the event, booking or block, also when its time changes. */
  key: string;
  kind: BusyKind;
  start: Instant;
  end: Instant;
  allDay: boolean;
  /** Title of the event or block, or of a booking. */
  title: string | null;
  /** Name of the attendee; null for events and blocks. */
  attendee: string | null;
  /** Start of the validity of this version of the row. */
  since: Instant;
}

export interface CombinedSpan {
  from: Instant;
  to: Instant;
}

/** The aliases that rows of events and of native time go by in these queries. */
const EVENT = Prisma.sql`e`;
const NATIVE = Prisma.sql`t`;

/** An event's key; native time goes by its booking's or block's id. */
const EVENT_KEY = Prisma.sql`e.calendar_id || ' ' || e.external_id`;

/** Rows that overlap the span and take time. */
const within = (row: Prisma.Sql, { from, to }: CombinedSpan) => Prisma.sql`
  ${row}.ends_at > ${new Date(from)} and ${row}.starts_at < ${new Date(to)} and ${row}.starts_at < ${row}.ends_at`;

/** @param at null selects current rows */
const validAt = (row: Prisma.Sql, at: Instant | null) =>
  at === null
    ? Prisma.sql`${row}.valid_to is null`
    : Prisma.sql`${row}.valid_from <= ${new Date(at)} and (${row}.valid_to is null or ${row}.valid_to > ${new Date(at)})`;

/**
 * Rows of the host that overlap the span, by start. Holds are left out: only the booking page shows them.
 * @param at null reads the current rows; an instant reads the rows valid then, though an event that has since become the event
 * of a booking counts as one then too, for that history is not kept
 */
export const combinedRows = (store: Store, host: string, span: CombinedSpan, at: Instant | null = null) => {
  // Events of a calendar that no longer counts ended with its selection.
  const counting = at === null ? Prisma.sql`and c.selected` : Prisma.empty;
  return store.$queryRaw<CombinedRow[]>`
    select ${EVENT_KEY} as key, e.kind, epoch_ms(e.starts_at) as start, epoch_ms(e.ends_at) as "end",
      e.all_day as "allDay", e.title, null as attendee, epoch_ms(e.valid_from) as since
    from calendar c join busy_event e on e.calendar_id = c.id and ${validAt(EVENT, at)}
    where c.host_id = ${host} ${counting} and ${within(EVENT, span)}
    union all
    select t.owner_id, t.busy_kind, epoch_ms(t.starts_at), epoch_ms(t.ends_at), false, coalesce(b.title, t.title),
      b.attendee_name, epoch_ms(t.valid_from)
    from native_time t left join booking b on b.id = t.owner_id and t.kind = 'booking'
    where t.host_id = ${host} and ${validAt(NATIVE, at)} and t.kind <> 'hold' and ${within(NATIVE, span)}
    order by start, key`;
};

/**
 * Instant of the last change that may have changed the result of `combinedRows`, apart from the rows that it returns and from
 * the passing of time; null without a known change.
 */
export async function lastChangeAt(store: Store, host: string): Promise<Instant | null> {
  const rows = await store.$queryRaw<{ at: number | null }[]>`
    select epoch_ms(max(at)) as at from (
      select (select max(valid_to) from event where calendar_id = c.id and valid_to is not null) as at
        from calendar c where c.host_id = ${host}
      union all
      select max(valid_to) from native_time where host_id = ${host} and valid_to is not null and kind <> 'hold'
      union all select max(written_at) from booking_write where host_id = ${host}
      union all select changed_at from host where id = ${host}
    ) ends`;
  return rows[0]?.at ?? null;
}

/**
 * Keys of what may not be as it was after `since`, within the spans of then and now: what began or ended, events of ours
 * that may count differently since, and what the passing of time brought in or took out.
 */
export async function changedKeysSince(
  store: Store,
  host: string,
  since: Instant,
  then: CombinedSpan,
  now: CombinedSpan,
): Promise<string[]> {
  const span = { from: then.from, to: now.to };
  const after = new Date(since);
  const changed = (row: Prisma.Sql) =>
    Prisma.sql`(${row}.valid_to > ${after} or ${row}.valid_to is null and ${row}.valid_from > ${after})`;
  const moved = (row: Prisma.Sql) => Prisma.sql`(${row}.valid_to is null and (
    ${row}.ends_at <= ${new Date(now.from)} or ${row}.starts_at >= ${new Date(then.to)}))`;
  const rows = await store.$queryRaw<{ key: string }[]>`
    select distinct key from (
      select ${EVENT_KEY} as key from calendar c join event e on e.calendar_id = c.id
      where c.host_id = ${host} and ${within(EVENT, span)} and (${changed(EVENT)} or ${moved(EVENT)})
      union all
      select ${EVENT_KEY} from (
          select calendar_id, external_id, own_id from booking_write where host_id = ${host} and written_at > ${after}
          union all
          select w.calendar_id, w.external_id, w.own_id
          from native_time t join booking_write w on w.booking_id = t.owner_id
          where t.host_id = ${host} and t.kind = 'booking' and ${changed(NATIVE)}
        ) w
        join event e on e.calendar_id = w.calendar_id and e.valid_to is null
          and (e.external_id = w.external_id or e.own_id = w.own_id)
      where ${within(EVENT, span)}
      union all
      select t.owner_id from native_time t join booking b on b.id = t.owner_id and b.blanked_at > ${after}
      where t.host_id = ${host} and t.valid_to is null and t.kind = 'booking' and ${within(NATIVE, span)}
      union all
      select t.owner_id from native_time t
      where t.host_id = ${host} and t.kind <> 'hold' and ${within(NATIVE, span)}
        and (${changed(NATIVE)} or ${moved(NATIVE)})
    ) touched`;
  return rows.map(({ key }) => key);
}
