/** Events as rows with history: a round from the provider is applied set-wise, in one statement however long it is. */

import { forEachInTurns } from '../../async/event-loop.ts';
import type { RemoteEvent } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/** Net changes of one pull, after later changes replaced earlier ones. */
export interface ChangeSet {
  /** Does `events` hold every event of the calendar? */
  full: boolean;
  /** Current events, at most one of an id and none that is FREE. */
  events: readonly RemoteEvent[];
  /** Ids of events that no longer exist. */
  removed: readonly string[];
  /** Ids of series of which only the instances among `events` are left. */
  series: readonly string[];
  /** Ids of events and series that could not be read: their stored events stay, also when `full`. */
  kept: readonly string[];
}

/** Equal events keep their row; changed ones are closed and begun anew. @returns how many rows were closed or begun. */
export async function applyChanges(
  tx: Tx,
  { id, organisationId }: { id: string; organisationId: string },
  changes: ChangeSet,
  now: Instant,
): Promise<number> {
  const [counted] = await tx.$queryRaw<{ changed: number }[]>`
    with ${await changedEvents({ id, organisationId }, changes, now)}
    select ((select count(*) from ended) + (select count(*) from begun))::int as changed`;
  return counted?.changed ?? 0;
}

/** Ids of events that the changes name, as they are stored. */
export const namedEvents = ({ removed, events }: Pick<ChangeSet, 'removed' | 'events'>): string[] => [
  ...removed,
  ...events.map((event) => storable(event.externalId)),
];

/**
 * Parts of a statement: `ended` are the ids of rows that the changes close, `begun` the rows that they begin.
 * @param options.condition of which all must hold
 * @param options.titles whether titles are stored
 */
export async function changedEvents(
  { id, organisationId }: { id: string; organisationId: string },
  { full, events, removed, series, kept }: ChangeSet,
  now: Instant,
  { condition = Prisma.sql`true`, titles = Prisma.sql`true` } = {},
): Promise<Prisma.Sql> {
  const records: string[] = [];
  await forEachInTurns(events, (event) => records.push(JSON.stringify(asRecord(event))));
  const incoming = `[${records.join()}]`;
  const affected = namedEvents({ removed, events });
  const at = new Date(now);
  // An event is begun anew once its row was closed: the second part reads what the first has closed.
  return Prisma.sql`incoming as materialized (
      select i.id, i.series, i.kind, i.s, i.e, i.d, case when ${titles} then i.title end as title, i.own from jsonb_to_recordset(${incoming}::jsonb)
        as i(id text, series text, kind busy_kind, s float8, e float8, d boolean, title text, own text)
    ), ended as (
      update event set valid_to = ${at}
      where id in (
        select e.id from event e left join incoming i on i.id = e.external_id
        where e.calendar_id = ${id} and e.valid_to is null and ${condition}
          and (${full} and not e.external_id = any(${[...kept]}::text[])
              and not coalesce(e.series_id = any(${[...kept]}::text[]), false)
            or e.external_id = any(${affected}::text[]) or e.series_id = any(${[...series]}::text[]))
          and (
            i.id is null
            or (e.series_id, e.kind, e.starts_at, e.ends_at, e.all_day, e.title, e.own_id) is distinct from
              (i.series, i.kind, from_epoch_ms(i.s)::timestamptz(3), from_epoch_ms(i.e)::timestamptz(3),
                i.d, i.title, i.own)
          )
      )
      returning id
    ), begun as (
      insert into event
        (organisation_id, calendar_id, external_id, series_id, kind, starts_at, ends_at, all_day, title, own_id,
          valid_from)
      select ${organisationId}, ${id}, i.id, i.series, i.kind,
        from_epoch_ms(i.s), from_epoch_ms(i.e), i.d, i.title, i.own, ${at}
      from incoming i
      where ${condition} and not exists (
        select from event e where e.calendar_id = ${id} and e.external_id = i.id and e.valid_to is null
          and not exists (select from ended where ended.id = e.id)
      )
      returning *
    )`;
}

const asRecord = (event: RemoteEvent) => ({
  id: storable(event.externalId),
  series: event.seriesId === null ? null : storable(event.seriesId),
  kind: event.kind,
  s: event.start,
  e: Math.max(event.start, event.end),
  d: event.allDay,
  title: event.title === null ? null : storable(event.title),
  own: event.ownId === null ? null : storable(event.ownId),
});

/** PostgreSQL takes neither NUL nor half a surrogate pair; one odd title may not stop a calendar. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '');

/** Deletes up to `limit` events that were closed before the retention period. @returns how many. */
export const pruneEvents = (tx: Tx, closedBefore: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from event where id in (
      select e.id from calendar_state s cross join lateral (
        select id from event
        where calendar_id = s.calendar_id and valid_to is not null and valid_to < ${new Date(closedBefore)}
        limit ${limit}
      ) e
      limit ${limit}
    )`;
