/** Inputs of slots, read set-wise: hosts with hours and calendars, calendars with busy time. */
import { type BusyKind, type BusyList, mergeBusy } from '../../availability/period.ts';
import type { HostOffer } from '../../availability/rules.ts';
import type { Basis, CalendarBusy, Trouble } from '../../calendars/source.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export async function hostOffers(
  store: Tx,
  ids: readonly string[],
): Promise<{ version: number; host: HostOffer }[]> {
  // The version and all that it is the version of are read in one statement, so that they are of one instant.
  const rows = await store.$queryRaw<(HostOffer & { version: number })[]>`
    select h.id, h.organisation_id as organisation, h.name, h.slug, h.time_zone as "timeZone",
      h.version::float8 as version, o.hours, o.zone_changes as "zoneChanges",
      array(select c.id from calendar c where c.host_id = h.id and c.selected order by c.id) as calendars
    from host h join host_hours o on o.host_id = h.id and o.valid_to is null
    where h.id = any(${[...ids]})`;
  return rows.map(({ version, ...host }) => ({ version, host }));
}

/** Ids of the calendars that count as these hosts' busy time. */
export async function selectedCalendars(store: Tx, hosts: readonly string[]): Promise<string[]> {
  const rows = await store.$queryRaw<{ id: string }[]>`
    select id from calendar where host_id = any(${[...hosts]}) and selected order by id`;
  return rows.map(({ id }) => id);
}

/** Events `e` as one JSON text: a list of kind, start and end for each. */
export const periodsAsJson = Prisma.sql`coalesce(
  json_agg(json_build_array(e.kind, epoch_ms(e.starts_at), epoch_ms(e.ends_at))), '[]')::text`;

/** Busy time of such a text. */
function busyOf(json: string): BusyList {
  const periods: [kind: BusyKind, start: number, end: number][] = JSON.parse(json);
  return mergeBusy(periods.map(([kind, start, end]) => ({ kind, start, end })));
}

/** Is the row `e` of events one that Slotwire wrote? The view `busy_event` leaves such out, and this is what it asks. */
export const isOwnEvent = Prisma.sql`exists (
  select from booking_write w join booking b on b.id = w.booking_id
  where w.calendar_id = e.calendar_id and (w.external_id = e.external_id or w.own_id = e.own_id)
    and (
      e.valid_from < w.written_at
      or (w.wanted = 'present' or w.done_revision < w.revision) and (
        (e.starts_at = b.starts_at and e.ends_at = b.ends_at)
        or (e.starts_at = w.written_starts_at and e.ends_at = w.written_ends_at))
    ))`;

export interface SourceRow {
  id: string;
  version: number;
  provenAsOf: Date | null;
  provenPull: number | null;
  basis: Basis;
  coveredFrom: Date | null;
  coveredTo: Date | null;
  trouble: Trouble | null;
  busy: string;
}

/** One statement, which has one snapshot. @param within limits the events to those that overlap [from, to); null reads all */
export async function calendarSources(
  store: Tx,
  ids: readonly string[],
  within: { from: number; to: number } | null = null,
): Promise<{ id: string; version: number; source: CalendarBusy }[]> {
  const overlapping = within
    ? Prisma.sql`and e.ends_at > ${new Date(within.from)} and e.starts_at < ${new Date(within.to)}`
    : Prisma.empty;
  const rows = await store.$queryRaw<SourceRow[]>`
    select s.calendar_id as id, s.version::float8 as version, ${sourceColumns}, (
      select ${periodsAsJson} from busy_event e
      where e.calendar_id = s.calendar_id and e.valid_to is null ${overlapping}
    ) as busy
    from calendar_state s where s.calendar_id = any(${[...ids]})`;
  return rows.map(({ id, version, ...row }) => ({ id, version, source: sourceOf(row) }));
}

/** What `calendar_state s` says of a source. */
export const sourceColumns = Prisma.sql`s.proven_as_of as "provenAsOf", s.proven_pull::float8 as "provenPull", s.basis,
  s.covered_from as "coveredFrom", s.covered_to as "coveredTo", s.trouble`;

export const sourceOf = (row: Omit<SourceRow, 'id' | 'version'>): CalendarBusy => ({
  provenAsOf: row.provenAsOf?.getTime() ?? null,
  provenPull: row.provenPull,
  basis: row.basis,
  coveredFrom: row.coveredFrom?.getTime() ?? null,
  coveredTo: row.coveredTo?.getTime() ?? null,
  trouble: row.trouble,
  busy: busyOf(row.busy),
});
