/** What slots are made from, read set-wise: hosts with hours and calendars, calendars with busy time. */
import { type BusyKind, mergeBusy } from '../../availability/period.ts';
import type { HostOffer } from '../../availability/rules.ts';
import type { Basis, CalendarBusy, Trouble } from '../../calendars/source.ts';
import type { Tx } from '../client.ts';
import { hoursOfHosts } from './hosts.ts';

export async function hostOffers(
  store: Tx,
  ids: readonly string[],
): Promise<{ version: number; host: HostOffer }[]> {
  // The version first: what is read after it is at least as new as it says.
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

/**
 * Of an event that we wrote: it stands where we put it, so it is the booking's native time and no time of its own. So is what
 * was read before we wrote it last; what was read after we deleted it is its host's again.
 */
export const OURS = `
  exists (
    select 1 from booking_write w join booking b on b.id = w.booking_id
    where w.calendar_id = e.calendar_id and (w.external_id = e.external_id or w.own_id = e.own_id)
      and (
        e.valid_from < w.written_at
        or (w.wanted = 'present' or w.done_revision < w.revision) and (
          (e.starts_at = b.starts_at and e.ends_at = b.ends_at)
          or (e.starts_at = w.written_starts_at and e.ends_at = w.written_ends_at))
      )
  )`;

/** @param within Only events that overlap [from, to); null: all. */
export async function calendarSources(
  store: Tx,
  ids: readonly string[],
  within: { from: number; to: number } | null = null,
): Promise<{ id: string; version: number; source: CalendarBusy }[]> {
  // The version first: what is read after it is at least as new as it says.
  const states = await store.calendarState.findMany({ where: { calendarId: { in: [...ids] } } });
  const rows = await store.$queryRawUnsafe<
    { calendar: string; kind: BusyKind; start: number; end: number }[]
  >(
    `select e.calendar_id as calendar, e.kind,
      (extract(epoch from e.starts_at) * 1000)::float8 as start,
      (extract(epoch from e.ends_at) * 1000)::float8 as "end"
    from event e where e.calendar_id = any($1) and e.valid_to is null
      and ($2::float8 is null or e.ends_at > to_timestamp($2::float8 / 1000) and e.starts_at < to_timestamp($3::float8 / 1000))
      and not ${OURS}`,
    [...ids],
    within?.from ?? null,
    within?.to ?? null,
  );
  const byCalendar = new Map(ids.map((id): [string, typeof rows] => [id, []]));
  for (const row of rows) byCalendar.get(row.calendar)?.push(row);
  return states.map((state) => ({
    id: state.calendarId,
    version: Number(state.version),
    source: {
      provenAsOf: state.provenAsOf?.getTime() ?? null,
      basis: state.basis as Basis,
      coveredFrom: state.coveredFrom?.getTime() ?? null,
      coveredTo: state.coveredTo?.getTime() ?? null,
      trouble: state.trouble as Trouble | null,
      busy: mergeBusy(byCalendar.get(state.calendarId) ?? []),
    },
  }));
}
