/** Events of bookings in hosts' calendars: what is wanted of each, how far that got, and what its host did to it since. */

import { newId } from '../../ids.ts';
import { DAY, type Instant } from '../../time/clock.ts';
import type { Calendar } from '../calendars/calendars.ts';
import type { ChangeSet } from '../calendars/events.ts';
import type { Tx } from '../client.ts';
import type { BookingWrite } from '../generated/client.ts';
import type { Booking } from './bookings.ts';

export type { BookingWrite };

/** A booking that ended longer ago is written no more. */
export const WRITE_PERIOD = DAY;

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockWrite(tx: Tx, id: string): Promise<BookingWrite | null> {
  await tx.$queryRaw`select 1 from booking_write where id = ${id} for update`;
  return tx.bookingWrite.findUnique({ where: { id } });
}

/** All of a booking, locked, in the order of their ids. */
export async function lockWrites(tx: Tx, booking: string): Promise<BookingWrite[]> {
  await tx.$queryRaw`select 1 from booking_write where booking_id = ${booking} order by id for update`;
  return tx.bookingWrite.findMany({ where: { bookingId: booking }, orderBy: { id: 'asc' } });
}

/** An event that is to be there, due at once. */
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

/** @returns false when it was lost. */
export async function renewWriteLease(tx: Tx, id: string, lease: string, until: Instant): Promise<boolean> {
  const data = { leaseUntil: new Date(until) };
  return (await tx.bookingWrite.updateMany({ where: { id, leaseId: lease }, data })).count > 0;
}

/** Those that a worker must look at now, and nobody does. */
export async function dueWrites(tx: Tx, now: Instant, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from booking_write
    where due_at <= ${new Date(now)} and (lease_until is null or lease_until <= ${new Date(now)})
    order by due_at limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Those that wait for their account, which is connected again: due from now on. */
export const resumeSuspended = (tx: Tx, now: Instant): Promise<number> =>
  tx.$executeRaw`
    update booking_write set status = 'PENDING', due_at = ${new Date(now)} where id in (
      select w.id from booking_write w
      join account a on a.id = w.account_id and a.status = 'CONNECTED'
      join booking b on b.id = w.booking_id and b.ends_at > ${new Date(now - WRITE_PERIOD)}
      where w.status = 'FAILED' and w.due_at is null
      for update of w skip locked
    )`;

/** Did a pull store anything of this event since then that shows it elsewhere, or gone? */
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
  /** Bounds of the stored event, where it stands elsewhere than the booking; `gone` when there is none. */
  standing: string | null;
}

/**
 * After a pull: makes writes due whose event stands elsewhere than their booking, or is not to be seen, and not just as it
 * was when it was last looked at. Rows that somebody else is changing are left to the next pull.
 * @param startedAt of the pull: what it read may be older than what was written since.
 * @returns their ids
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
      end as standing
    from booking_write w
    join booking b on b.id = w.booking_id and b.status = 'CONFIRMED'
    left join event e on e.calendar_id = w.calendar_id and e.external_id = w.external_id and e.valid_to is null
    where w.calendar_id = ${calendar} and w.wanted = 'present' and w.status = 'WRITTEN'
      and w.written_ends_at > ${new Date(now)} and w.written_at < ${new Date(startedAt)}
      and w.revision = w.done_revision and w.due_at is null
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

/** @param mentioned The round says of the event that it takes no time here: it was deleted, made free, or lies beyond. */
function compareWithBooking({ standing, checked }: CheckedRow, full: boolean, mentioned: boolean) {
  if (standing !== 'gone') return { checked: standing, isDue: standing !== null && standing !== checked };
  // All there is was read: what is not even named was not seen.
  if (full) {
    const seen = mentioned ? 'free' : 'gone';
    return { checked: seen, isDue: seen !== checked };
  }
  const known = checked === 'gone' || checked === 'free';
  return mentioned || !known ? { checked: 'gone', isDue: true } : { checked, isDue: false };
}
