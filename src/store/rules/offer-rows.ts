/** Inputs of slots, read set-wise: hosts with hours and calendars, calendars with busy time. */
import { type BusyKind, mergeBusy } from '../../availability/period.ts';
import type { HostOffer } from '../../availability/rules.ts';
import type { CalendarBusy } from '../../calendars/source.ts';
import { troubleOf } from '../calendars/states.ts';
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

/** @param within limits the events to those that overlap [from, to); null reads all */
export async function calendarSources(
  store: Tx,
  ids: readonly string[],
  within: { from: number; to: number } | null = null,
): Promise<{ id: string; version: number; source: CalendarBusy }[]> {
  // The version is read first, so that the rows read after it are at least as new as the version.
  const states = await store.calendarState.findMany({ where: { calendarId: { in: [...ids] } } });
  const overlapping = within
    ? Prisma.sql`and e.ends_at > ${new Date(within.from)} and e.starts_at < ${new Date(within.to)}`
    : Prisma.empty;
  const rows = await store.$queryRaw<{ calendar: string; kind: BusyKind; start: number; end: number }[]>`
    select e.calendar_id as calendar, e.kind, epoch_ms(e.starts_at) as start, epoch_ms(e.ends_at) as "end"
    from busy_event e
    where e.calendar_id = any(${[...ids]}) and e.valid_to is null ${overlapping}`;
  const byCalendar = new Map(ids.map((id): [string, typeof rows] => [id, []]));
  for (const row of rows) byCalendar.get(row.calendar)?.push(row);
  return states.map((state) => ({
    id: state.calendarId,
    version: Number(state.version),
    source: {
      provenAsOf: state.provenAsOf?.getTime() ?? null,
      provenPull: state.provenPull === null ? null : Number(state.provenPull),
      basis: state.basis,
      coveredFrom: state.coveredFrom?.getTime() ?? null,
      coveredTo: state.coveredTo?.getTime() ?? null,
      trouble: troubleOf(state.trouble),
      busy: mergeBusy(byCalendar.get(state.calendarId) ?? []),
    },
  }));
}
