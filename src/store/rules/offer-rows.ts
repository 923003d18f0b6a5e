/** Inputs of slots, read set-wise: hosts with hours and calendars, calendars with busy time. */
import { type BusyKind, mergeBusy } from '../../availability/period.ts';
import type { HostOffer } from '../../availability/rules.ts';
import type { CalendarBusy } from '../../calendars/source.ts';
import { troubleOf } from '../calendars/states.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { hoursOfHosts } from './hosts.ts';

export async function hostOffers(
  store: Tx,
  ids: readonly string[],
): Promise<{ version: number; host: HostOffer }[]> {
  // The version is read first, so that the rows read after it are at least as new as the version.
  const hosts = await store.host.findMany({ where: { id: { in: [...ids] } } });
  const [hours, calendars] = await Promise.all([
    hoursOfHosts(store, ids),
    store.calendar.findMany({
      where: { hostId: { in: [...ids] }, selected: true },
      select: { id: true, hostId: true },
      orderBy: { id: 'asc' },
    }),
  ]);
  return hosts.flatMap((host) => {
    const current = hours.get(host.id);
    if (!current) return [];
    const { id, name, slug, timeZone, organisationId: organisation } = host;
    const own = calendars.filter((calendar) => calendar.hostId === id).map((calendar) => calendar.id);
    return {
      version: Number(host.version),
      host: { id, organisation, name, slug, timeZone, ...current, calendars: own },
    };
  });
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
