/** Erasure of a host: deletes every row that belongs to the host alone, and removes the host from rows shared with others. */
import type { Instant } from '../time/clock.ts';
import { eraseAuditDetails } from './audit/entries.ts';
import type { Tx } from './client.ts';
import { Prisma } from './generated/client.ts';
import { removeBrand } from './rules/brands.ts';

/** Rows that one statement deletes from a table that may hold very many rows of a calendar. */
const BATCH = 5_000;

/** Ids of the host's bookings, confirmed or to be accepted, that have not started yet, by start. */
export async function upcomingBookings(
  tx: Tx,
  organisation: string,
  host: string,
  now: Instant,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from booking
    where organisation_id = ${organisation} and status in ('CONFIRMED', 'PENDING') and starts_at > ${new Date(now)} and ${host} = any(hosts)
    order by starts_at, id`;
  return rows.map(({ id }) => id);
}

/** Ids of the writes of these bookings that are still pending in the host's calendars and have not failed yet. */
export async function pendingWrites(tx: Tx, bookings: readonly string[], host: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from booking_write
    where booking_id = any(${[...bookings]}) and host_id = ${host} and status = 'PENDING' and failures = 0
      and revision <> done_revision
    order by id`;
  return rows.map(({ id }) => id);
}

/** Does a webhook message that names the host still wait for its first attempt? */
export async function hasPendingMessages(tx: Tx, organisation: string, host: string): Promise<boolean> {
  const [found] = await tx.$queryRaw<{ pending: boolean }[]>`
    select exists (
      select 1 from webhook_message
      where organisation_id = ${organisation} and status = 'PENDING' and attempts = 0 and position(${host} in payload) > 0
    ) as pending`;
  return found?.pending ?? false;
}

export const connectedAccounts = (tx: Tx, host: string) =>
  tx.account.findMany({
    where: { hostId: host, status: { not: 'DISCONNECTED' } },
    select: { id: true },
    orderBy: { id: 'asc' },
  });

/** Tables with many rows per calendar. Events occur twice, because current and past rows have an index each. */
const OF_CALENDARS = [
  { table: Prisma.sql`event`, and: Prisma.sql`and r.valid_to is null` },
  { table: Prisma.sql`event`, and: Prisma.sql`and r.valid_to is not null` },
  { table: Prisma.sql`calendar_standing`, and: Prisma.empty },
  { table: Prisma.sql`delivery`, and: Prisma.empty },
];

/**
 * Deletes events, freshness history and deliveries of the host's calendars, in batches of one transaction each. The calendars
 * must not be selected any more.
 */
export async function eraseHistory(store: Tx, host: string): Promise<void> {
  for (const rows of OF_CALENDARS) {
    let deleted = BATCH;
    while (deleted === BATCH) {
      deleted = await store.$executeRaw`
        delete from ${rows.table} where id in (
          select r.id from calendar c join ${rows.table} r on r.calendar_id = c.id ${rows.and}
          where c.host_id = ${host} limit ${BATCH})`;
    }
  }
}

/**
 * Deletes the host and everything that `eraseHistory` left. Rows with a foreign key to the host go with its row; the others
 * are deleted here. The host must be locked and in no event type, and its accounts must be disconnected.
 * @returns the ids of the calendars that the host had
 */
export async function eraseHost(tx: Tx, organisation: string, host: string): Promise<string[]> {
  await eraseFromBookings(tx, organisation, host);
  await eraseFromEventTypes(tx, organisation, host);
  await eraseFromMessages(tx, organisation, host);
  const calendars = await tx.calendar.findMany({ where: { hostId: host }, select: { id: true } });
  const ids = calendars.map(({ id }) => id);
  // Tables with frequent writes refer to their parents without a foreign key. Current and past rows have an index each.
  for (const validTo of [null, { not: null }]) {
    await tx.event.deleteMany({ where: { calendarId: { in: ids }, validTo } });
    await tx.nativeTime.deleteMany({ where: { hostId: host, validTo } });
  }
  await tx.delivery.deleteMany({ where: { calendarId: { in: ids } } });
  await tx.address.deleteMany({ where: { ownerId: host } });
  await removeBrand(tx, host);
  while ((await eraseAuditDetails(tx, host, BATCH)) === BATCH);
  await tx.host.delete({ where: { id: host } });
  return ids;
}

/**
 * Deletes bookings that have no other host, unless a calendar of another host still waits for a write of them, and removes the
 * host from the other bookings and holds.
 */
async function eraseFromBookings(tx: Tx, organisation: string, host: string): Promise<void> {
  await tx.bookingWrite.deleteMany({ where: { hostId: host } });
  const own = await tx.$queryRaw<{ id: string }[]>`
    select b.id from booking b
    where b.organisation_id = ${organisation} and b.hosts = array[${host}]
      and not exists (
        select 1 from booking_write w where w.booking_id = b.id and w.revision <> w.done_revision)`;
  const ids = own.map(({ id }) => id);
  await tx.hold.deleteMany({ where: { bookingId: { in: ids } } });
  await tx.booking.deleteMany({ where: { id: { in: ids } } });
  await tx.$executeRaw`
    delete from hold where organisation_id = ${organisation} and booking_id is null and ${host} = any(hosts)`;
  await tx.$executeRaw`
    update hold set hosts = array_remove(hosts, ${host})
    where organisation_id = ${organisation} and ${host} = any(hosts)`;
  await tx.$executeRaw`
    update booking set hosts = array_remove(hosts, ${host})
    where organisation_id = ${organisation} and ${host} = any(hosts)`;
}

/** Removes deleted event types without bookings, and the host from the owners and past rules of the others. */
async function eraseFromEventTypes(tx: Tx, organisation: string, host: string): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select t.id from event_type t
    where t.organisation_id = ${organisation} and t.deleted_at is not null
      and (t.owner_id = ${host} or exists (
        select 1 from event_type_rules r where r.event_type_id = t.id and ${host} = any(r.hosts)))
      and not exists (select 1 from booking b where b.event_type_id = t.id)`;
  const ids = rows.map(({ id }) => id);
  await tx.eventType.deleteMany({ where: { id: { in: ids } } });
  await tx.eventType.updateMany({ where: { ownerId: host }, data: { ownerId: '' } });
  await tx.$executeRaw`
    update event_type_rules set hosts = array_remove(hosts, ${host}),
      rules = case when rules ? 'hostRules' then jsonb_set(rules, '{hostRules}', coalesce(
        (select jsonb_agg(rule) from jsonb_array_elements(rules->'hostRules') rule where rule->>'host' <> ${host}),
        '[]')) else rules end
    where organisation_id = ${organisation} and ${host} = any(hosts)`;
}

/**
 * Deletes ended messages that name the host, and mails to the host. A pending message keeps its signed payload until retention
 * deletes it, and visitors still hear that their bookings were cancelled.
 */
async function eraseFromMessages(tx: Tx, organisation: string, host: string): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from webhook_message
    where organisation_id = ${organisation} and status <> 'PENDING' and position(${host} in payload) > 0`;
  const ids = rows.map(({ id }) => id);
  await tx.webhookMessage.deleteMany({ where: { id: { in: ids } } });
  await tx.$executeRaw`
    delete from mail where organisation_id = ${organisation}
      and (host_id = ${host} or status <> 'PENDING' and position(${host} in coalesce(facts, '')) > 0)`;
}
