/** Calendar events of bookings: the wanted state of each, the progress of its writes, and later changes by the host. */

import { newId } from '../../ids.ts';
import { DAY, type Instant } from '../../time/clock.ts';
import type { Calendar } from '../calendars/calendars.ts';
import type { ChangeSet } from '../calendars/events.ts';
import type { Tx } from '../client.ts';
import { type BookingWrite, Prisma } from '../generated/client.ts';
import type { Booking } from './bookings.ts';

export type { BookingWrite };

/** How long after its end a booking is still written to calendars, in milliseconds. */
export const WRITE_PERIOD = DAY;

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockWrite(tx: Tx, id: string): Promise<BookingWrite | null> {
  await tx.$queryRaw`select 1 from booking_write where id = ${id} for update`;
  return tx.bookingWrite.findUnique({ where: { id } });
}

/** Locks all writes of a booking. @returns them in the order of their ids. */
export async function lockWrites(tx: Tx, booking: string): Promise<BookingWrite[]> {
  const locked = await tx.$executeRaw`
    select 1 from booking_write where booking_id = ${booking} order by id for update`;
  if (locked === 0) return [];
  return tx.bookingWrite.findMany({ where: { bookingId: booking }, orderBy: { id: 'asc' } });
}

/** Inserts the write of an event that must be present in the calendar, due at once. */
export async function insertWrite(tx: Tx, booking: Booking, calendar: Calendar, now: Instant) {
  const id = newId('BookingWrite');
  const { organisationId, hostId, accountId, provider } = calendar;
  const where = { organisationId, hostId, calendarId: calendar.id, accountId, provider };
  const what = { wanted: 'present', revision: 1, status: 'PENDING', dueAt: new Date(now) } as const;
  return tx.bookingWrite.create({ data: { id, ownId: id, bookingId: booking.id, ...where, ...what } });
}

export type WriteChange = Partial<Omit<BookingWrite, 'id' | 'bookingId' | 'calendarId' | 'ownId'>>;

/** The row must be locked. */
export const changeWrite = (tx: Tx, id: string, data: WriteChange) =>
  tx.bookingWrite.update({ where: { id }, data });

/** @returns false when the lease was lost. */
export async function renewWriteLease(tx: Tx, id: string, lease: string, until: Instant): Promise<boolean> {
  const data = { leaseUntil: new Date(until) };
  return (await tx.bookingWrite.updateMany({ where: { id, leaseId: lease }, data })).count > 0;
}

/** Ids of the writes that are due and that no worker holds a lease of, by due time. */
export async function dueWrites(tx: Tx, now: Instant, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from booking_write
    where due_at <= ${new Date(now)} and (lease_until is null or lease_until <= ${new Date(now)})
    order by due_at limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Makes writes due that waited for their account, now that the account is connected again. @returns how many. */
export const resumeSuspended = (tx: Tx, now: Instant): Promise<number> =>
  tx.$executeRaw`
    update booking_write set status = 'PENDING', due_at = ${new Date(now)} where id in (
      select w.id from booking_write w
      join account a on a.id = w.account_id and a.status = 'CONNECTED'
      join booking b on b.id = w.booking_id and b.ends_at > ${new Date(now - WRITE_PERIOD)}
      where w.status = 'FAILED' and w.due_at is null
      for update of w skip locked
    )`;

/** Failed writes of an account that a pull makes due again. Condition on `booking_write w`; for the parameters see `resumeAfterPull`. */
export const isResumed = (
  account: string,
  { startedAt, recovered }: { startedAt: Instant; recovered: boolean },
  now: Instant,
) => Prisma.sql`w.account_id = ${account} and w.retry_pull_since is not null and w.due_at > ${new Date(now)}
  and (w.retry_pull_since <= ${new Date(startedAt)} or (${recovered} and w.status = 'FAILED'))`;

/** How many writes one pull makes due; the next pull makes more of them so. */
const RESUMED_BY_PULL = 200;

/**
 * Makes failed writes of an account due after a pull that succeeded, each once per failure.
 * @param pull.startedAt start of the pull
 * @param pull.recovered the pull before it had failed, so that what was refused meanwhile counts for nothing
 * @returns the ids of the writes that became due
 */
export async function resumeAfterPull(
  tx: Tx,
  account: string,
  pull: { startedAt: Instant; recovered: boolean },
  now: Instant,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update booking_write set due_at = ${new Date(now)}, retry_pull_since = null,
      status = case when status = 'FAILED' then 'PENDING' else status end
    where id in (
      select id from booking_write w where ${isResumed(account, pull, now)}
      order by due_at limit ${RESUMED_BY_PULL} for update skip locked)
    returning id`;
  return rows.map(({ id }) => id);
}

/** A new grant may allow what the old one did not: the next pull that succeeds makes the account's failed writes due. */
export const retryWritesAfterPull = (tx: Tx, account: string, now: Instant) =>
  tx.bookingWrite.updateMany({
    where: { accountId: account, retryPullSince: { not: null } },
    data: { retryPullSince: new Date(now) },
  });

/** Did a pull since then store the event at another time than `span`, or its deletion? */
export async function eventChangedSince(
  tx: Tx,
  { calendarId, externalId }: { calendarId: string; externalId: string },
  span: { start: Instant; end: Instant },
  since: Instant,
): Promise<boolean> {
  const [found] = await tx.$queryRaw<{ changed: boolean }[]>`
    select coalesce(
      (select valid_from > ${new Date(since)}
          and (starts_at <> ${new Date(span.start)} or ends_at <> ${new Date(span.end)})
        from event where calendar_id = ${calendarId} and external_id = ${externalId} and valid_to is null),
      exists (select 1 from event where calendar_id = ${calendarId} and valid_to > ${new Date(since)}
        and external_id = ${externalId})
    ) as changed`;
  return found?.changed ?? false;
}

interface CheckedRow {
  id: string;
  externalId: string;
  checked: string | null;
  /** Stored event: `start/end` in epoch seconds where they differ from the booking's, `gone` without an event, else null. */
  found: string | null;
}

/** Writes whose event a pull compares with its booking. Condition on `booking_write w`; for the parameters see `markWritesForCheck`. */
export const isCheckedByPull = (calendar: string, startedAt: Instant, now: Instant) => Prisma.sql`
  w.calendar_id = ${calendar} and w.wanted = 'present' and w.status = 'WRITTEN'
  and w.written_ends_at > ${new Date(now)} and w.written_at < ${new Date(startedAt)}
  and w.revision = w.done_revision and (w.due_at is null or w.conference_until is not null)`;

/**
 * Is there a write that the pull may make due? Condition for before its changes are stored; for the parameters see `markWritesForCheck`.
 * @param named ids of events that the changes name
 */
export const mayNeedCheck = (
  calendar: string,
  { full, series }: Pick<ChangeSet, 'full' | 'series'>,
  named: readonly string[],
  startedAt: Instant,
  now: Instant,
) => Prisma.sql`exists (
    select from booking_write w
    join booking b on b.id = w.booking_id and b.status = 'CONFIRMED'
    left join event e on e.calendar_id = w.calendar_id and e.external_id = w.external_id and e.valid_to is null
    where ${isCheckedByPull(calendar, startedAt, now)}
      and (${full} or e.id is null or e.starts_at <> b.starts_at or e.ends_at <> b.ends_at
        or w.external_id = any(${[...named]}::text[]) or e.series_id = any(${[...series]}::text[])))`;

/**
 * Makes writes due after a pull when their event differs from the booking or is missing, unless the last check found the same
 * difference. The next pull checks the rows that another transaction has locked now.
 * @param startedAt start of the pull, whose events may be older than a write since then
 * @returns the ids of the writes that became due
 */
export async function markWritesForCheck(
  tx: Tx,
  calendar: string,
  { full, removed }: Pick<ChangeSet, 'full' | 'removed'>,
  startedAt: Instant,
  now: Instant,
): Promise<string[]> {
  const rows = await tx.$queryRaw<CheckedRow[]>`
    select w.id, w.external_id as "externalId", w.checked,
      case when e.id is null then 'gone'
        when e.starts_at <> b.starts_at or e.ends_at <> b.ends_at
          then extract(epoch from e.starts_at) || '/' || extract(epoch from e.ends_at)
      end as found
    from booking_write w
    join booking b on b.id = w.booking_id and b.status = 'CONFIRMED'
    left join event e on e.calendar_id = w.calendar_id and e.external_id = w.external_id and e.valid_to is null
    where ${isCheckedByPull(calendar, startedAt, now)}
    order by w.id for update of w skip locked`;
  if (rows.length === 0) return [];
  const mentioned = new Set(removed);
  const due: string[] = [];
  for (const row of rows) {
    const { checked, isDue } = compareWithBooking(row, full, mentioned.has(row.externalId));
    if (isDue) due.push(row.id);
    if (isDue) await changeWrite(tx, row.id, { checked, dueAt: new Date(now) });
    else if (checked !== row.checked) await changeWrite(tx, row.id, { checked });
  }
  return due;
}

/** @param mentioned whether the pull reported that the event was deleted, was marked as free, or lies outside the window */
function compareWithBooking({ found, checked }: CheckedRow, full: boolean, mentioned: boolean) {
  if (found !== 'gone') return { checked: found, isDue: found !== null && found !== checked };
  // A full pull names every event of the calendar, so an event that the pull did not mention is gone.
  if (full) {
    const seen = mentioned ? 'free' : 'gone';
    return { checked: seen, isDue: seen !== checked };
  }
  const known = checked === 'gone' || checked === 'free';
  return mentioned || !known ? { checked: 'gone', isDue: true } : { checked, isDue: false };
}
