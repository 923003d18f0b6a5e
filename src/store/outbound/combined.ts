/** A host's combined calendar as rows: events of the calendars that count, bookings and blocks; and what changed of it since. */
import type { BusyKind } from '../../availability/period.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store } from '../client.ts';
import { OURS } from '../rules/offer-rows.ts';

export interface CombinedRow {
  /** The same for as long as it lives, wherever it is moved. */
  key: string;
  kind: BusyKind;
  start: Instant;
  end: Instant;
  allDay: boolean;
  /** IANA, of its calendar; null: its host's. */
  zone: string | null;
  /** An event's, a block's, or the event type's of a booking. */
  title: string | null;
  /** Who booked; null for what is no booking. */
  attendee: string | null;
  /** Since when it is as it is. */
  since: Instant;
}

export interface Span {
  from: Instant;
  to: Instant;
}

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const AT = (parameter: string) => `to_timestamp(${parameter}::float8 / 1000)`;

/** An event's key; native time goes by its booking's or block's id. */
const EVENT_KEY = `e.calendar_id || ' ' || e.external_id`;

/** Overlaps the span and takes time; holds are nobody's business but the booking page's. */
const WITHIN = (row: string, from: string, to: string) =>
  `${row}.ends_at > ${AT(from)} and ${row}.starts_at < ${AT(to)} and ${row}.starts_at < ${row}.ends_at`;

/**
 * Rows of the host that overlap the span, by start.
 * @param at null: as they are; else as they were then, as far as rows tell: what counted as ours then is not kept.
 */
export const combinedRows = (store: Store, host: string, { from, to }: Span, at: Instant | null = null) => {
  // Events of a calendar that no longer counts ended with its selection.
  const valid = (row: string) =>
    at === null
      ? `${row}.valid_to is null and $4::float8 is null`
      : `${row}.valid_from <= ${AT('$4')} and (${row}.valid_to is null or ${row}.valid_to > ${AT('$4')})`;
  return store.$queryRawUnsafe<CombinedRow[]>(
    `select ${EVENT_KEY} as key, e.kind, ${MS('e.starts_at')} as start, ${MS('e.ends_at')} as "end",
      e.all_day as "allDay", c.time_zone as zone, e.title, null as attendee, ${MS('e.valid_from')} as since
    from calendar c join event e on e.calendar_id = c.id and ${valid('e')}
    where c.host_id = $1 and ${at === null ? 'c.selected and' : ''} ${WITHIN('e', '$2', '$3')} and not ${OURS}
    union all
    select t.owner_id, t.busy_kind, ${MS('t.starts_at')}, ${MS('t.ends_at')}, false, null, coalesce(b.title, t.title),
      b.attendee_name, ${MS('t.valid_from')}
    from native_time t left join booking b on b.id = t.owner_id and t.kind = 'booking'
    where t.host_id = $1 and ${valid('t')} and t.kind <> 'hold' and ${WITHIN('t', '$2', '$3')}
    order by start, key`,
    host,
    from,
    to,
    at,
  );
};

/**
 * When anything last happened that can have changed what `combinedRows` reads, but for the rows that it returns and for
 * time that passes. Null: nothing is known to have happened.
 */
export async function lastEnded(store: Store, host: string): Promise<Instant | null> {
  const rows = await store.$queryRawUnsafe<{ at: number | null }[]>(
    `select ${MS('max(at)')} as at from (
      select (select max(valid_to) from event where calendar_id = c.id and valid_to is not null) as at
        from calendar c where c.host_id = $1
      union all select max(valid_to) from native_time where host_id = $1 and valid_to is not null and kind <> 'hold'
      union all select max(written_at) from booking_write where host_id = $1
    ) ends`,
    host,
  );
  return rows[0]?.at ?? null;
}

/**
 * Keys of what may not be as it was after `since`, within the spans of then and now: what began or ended, events of ours
 * that may count differently since, and what the passing of time brought in or took out.
 */
export async function touchedSince(
  store: Store,
  host: string,
  since: Instant,
  then: Span,
  now: Span,
): Promise<string[]> {
  const changed = (row: string) =>
    `(${row}.valid_to > ${AT('$2')} or ${row}.valid_to is null and ${row}.valid_from > ${AT('$2')})`;
  const slid = (row: string) => `(${row}.valid_to is null and (
    ${row}.ends_at <= ${AT('$5')} or ${row}.starts_at >= ${AT('$4')}))`;
  const rows = await store.$queryRawUnsafe<{ key: string }[]>(
    `select distinct key from (
      select ${EVENT_KEY} as key from calendar c join event e on e.calendar_id = c.id
      where c.host_id = $1 and ${WITHIN('e', '$3', '$6')} and (${changed('e')} or ${slid('e')})
      union all
      select ${EVENT_KEY} from (
          select calendar_id, external_id, own_id from booking_write where host_id = $1 and written_at > ${AT('$2')}
          union all
          select w.calendar_id, w.external_id, w.own_id from native_time t join booking_write w on w.booking_id = t.owner_id
          where t.host_id = $1 and t.kind = 'booking' and ${changed('t')}
        ) w
        join event e on e.calendar_id = w.calendar_id and e.valid_to is null
          and (e.external_id = w.external_id or e.own_id = w.own_id)
      where ${WITHIN('e', '$3', '$6')}
      union all
      select t.owner_id from native_time t
      where t.host_id = $1 and t.kind <> 'hold' and ${WITHIN('t', '$3', '$6')} and (${changed('t')} or ${slid('t')})
    ) touched`,
    host,
    since,
    then.from,
    then.to,
    now.from,
    now.to,
  );
  return rows.map(({ key }) => key);
}
