/** Inputs of the slots of an earlier instant: rules, hours, selection, events and native time as they were valid then. */

import type { WorkingHours, ZoneChange } from '../../availability/hours.ts';
import type { NativeTime } from '../../availability/native.ts';
import { type BusyKind, mergeBusy } from '../../availability/period.ts';
import type { EventTypeOffer, HostOffer } from '../../availability/rules.ts';
import type { CalendarBusy } from '../../calendars/source.ts';
import type { Instant } from '../../time/clock.ts';
import { pruneNativeTime, RELEVANT_PAST } from '../bookings/native-time.ts';
import { freshnessAt, pruneFreshnessHistory, UNREAD_CALENDAR } from '../calendars/freshness-history.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { rulesOf } from './event-types.ts';

const validAt = (at: Instant) => ({
  validFrom: { lte: new Date(at) },
  OR: [{ validTo: null }, { validTo: { gt: new Date(at) } }],
});

/** @returns null when the event type did not exist then, or its rules of then are no longer stored. */
export async function eventTypeOfferAt(tx: Tx, id: string, at: Instant): Promise<EventTypeOffer | null> {
  const row = await tx.eventTypeRules.findFirst({
    where: { eventTypeId: id, ...validAt(at) },
    orderBy: { id: 'desc' },
  });
  return row && { id, organisation: row.organisationId, hosts: row.hosts, rules: rulesOf(row.rules) };
}

/** In no order; hosts that had no hours then did not exist. Names and zones are today's. */
export async function hostOffersAt(tx: Tx, ids: readonly string[], at: Instant): Promise<HostOffer[]> {
  const hosts = await tx.host.findMany({ where: { id: { in: [...ids] } } });
  const where = { hostId: { in: [...ids] }, ...validAt(at) };
  const hours = new Map(
    (await tx.hostHours.findMany({ where, orderBy: { id: 'asc' } })).map((row) => [row.hostId, row]),
  );
  const selected = await tx.calendarSelection.findMany({ where, orderBy: { calendarId: 'asc' } });
  return hosts.flatMap(({ id, name, slug, timeZone, organisationId: organisation }) => {
    const hoursThen = hours.get(id);
    if (!hoursThen) return [];
    return {
      id,
      organisation,
      name,
      slug,
      timeZone,
      // Only writeHours writes these columns.
      hours: hoursThen.hours as object as WorkingHours,
      zoneChanges: hoursThen.zoneChanges as object as ZoneChange[],
      calendars: selected.filter(({ hostId }) => hostId === id).map(({ calendarId }) => calendarId),
    };
  });
}

/**
 * Sources by calendar, with the events that overlap [from, to). An event that the gateway wrote, at a time that its booking had
 * then or before, is left out: it is that booking's native time.
 */
export async function calendarSourcesAt(
  tx: Tx,
  ids: readonly string[],
  at: Instant,
  within: { from: Instant; to: Instant },
): Promise<Map<string, CalendarBusy>> {
  const freshness = await freshnessAt(tx, ids, at);
  const rows = await tx.$queryRaw<{ calendar: string; kind: BusyKind; start: number; end: number }[]>`
    select e.calendar_id as calendar, e.kind, epoch_ms(e.starts_at) as start,
      epoch_ms(e.ends_at) as "end"
    from (
      select * from event where calendar_id = any(${[...ids]}) and valid_to is null
      union all select * from event where calendar_id = any(${[...ids]}) and valid_to > ${new Date(at)}
    ) e
    where e.valid_from <= ${new Date(at)}
      and e.ends_at > ${new Date(within.from)} and e.starts_at < ${new Date(within.to)}
      and not exists (
        select 1 from booking_write w join native_time t on t.owner_id = w.booking_id and t.host_id = w.host_id
        where w.calendar_id = e.calendar_id and (w.external_id = e.external_id or w.own_id = e.own_id)
          and t.valid_from <= ${new Date(at)} and t.starts_at = e.starts_at and t.ends_at = e.ends_at)`;
  return new Map(
    ids.map((id) => [
      id,
      {
        ...(freshness.get(id) ?? UNREAD_CALENDAR),
        busy: mergeBusy(rows.filter(({ calendar }) => calendar === id)),
      },
    ]),
  );
}

/** Native time by host, in the order of starts, without holds that had expired by then. */
export async function nativeTimesAt(
  tx: Tx,
  hosts: readonly string[],
  at: Instant,
): Promise<Map<string, NativeTime[]>> {
  const where = {
    hostId: { in: [...hosts] },
    validFrom: { lte: new Date(at) },
    endsAt: { gt: new Date(at - RELEVANT_PAST) },
    OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(at) } }],
  };
  // Two queries, because current and past rows have an index each.
  const rows = [
    ...(await tx.nativeTime.findMany({ where: { ...where, validTo: null } })),
    ...(await tx.nativeTime.findMany({ where: { ...where, validTo: { gt: new Date(at) } } })),
  ].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  const byHost = new Map(hosts.map((id): [string, NativeTime[]] => [id, []]));
  for (const row of rows) {
    byHost.get(row.hostId)?.push({
      kind: row.kind,
      owner: row.ownerId,
      eventType: row.eventTypeId,
      start: row.startsAt.getTime(),
      end: row.endsAt.getTime(),
      bufferBefore: Number(row.bufferBefore),
      bufferAfter: Number(row.bufferAfter),
      busyKind: row.busyKind,
      expiresAt: row.expiresAt?.getTime() ?? null,
    });
  }
  return byHost;
}

const HISTORY = [Prisma.sql`event_type_rules`, Prisma.sql`host_hours`, Prisma.sql`calendar_selection`];

/** Deletes rows that ended before the retention period, up to a limit of each kind. */
export async function pruneHistory(tx: Tx, endedBefore: Instant, limit: number): Promise<void> {
  for (const table of HISTORY) {
    await tx.$executeRaw`
      delete from ${table} where id in (
        select id from ${table} where valid_to < ${new Date(endedBefore)} limit ${limit})`;
  }
  await pruneNativeTime(tx, endedBefore, limit);
  await pruneFreshnessHistory(tx, endedBefore, limit);
}
