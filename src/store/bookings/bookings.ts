/** Bookings: slots that attendees have booked. */
import { DAY, type Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import {
  type Booking,
  type CancelledBy,
  Prisma,
  type WriteStatus as StoredWriteStatus,
} from '../generated/client.ts';
import { conditions, type Filter, ifAsked, type Listing, matches, type RowList, rowList } from '../lists.ts';

export type { Booking, CancelledBy };

/** State of a booking in its hosts' calendars, as the API names it. */
export type WriteStatus = StoredWriteStatus | 'NATIVE';

type NewBooking = Pick<
  Booking,
  | 'id'
  | 'organisationId'
  | 'eventTypeId'
  | 'holdId'
  | 'startsAt'
  | 'endsAt'
  | 'hosts'
  | 'title'
  | 'attendeeName'
  | 'attendeeEmail'
  | 'attendeeTimeZone'
  | 'notes'
> &
  Partial<Pick<Booking, 'status' | 'attendeeLocale' | 'placeKind' | 'place' | 'phone' | 'guests'>> & {
    /** As JSON. */
    answers?: Prisma.JsonArray;
    metadata?: Prisma.JsonArray;
  };

/**
 * Inserts the booking that its hold became. The hold, whose row must be locked, counts for no network any more.
 * @throws when the hold has a booking already.
 */
export async function insertBooking(tx: Tx, booking: NewBooking, now: Instant): Promise<Booking> {
  const { inserted, changes } = bookingInsertion(booking, now);
  for (const change of changes) await tx.$executeRaw(change);
  return inserted;
}

/** The statements of insertBooking, for takeNativeTime to run with its own, and the row as they make it. */
export function bookingInsertion(
  booking: NewBooking,
  now: Instant,
): { inserted: Booking; changes: Prisma.Sql[] } {
  const at = new Date(now);
  const { id, holdId } = booking;
  const status = booking.status ?? 'CONFIRMED';
  const decideBy = status === 'PENDING' ? booking.startsAt : null;
  const details = {
    attendeeLocale: booking.attendeeLocale ?? null,
    placeKind: booking.placeKind ?? null,
    place: booking.place ?? null,
    phone: booking.phone ?? null,
    answers: booking.answers ?? [],
    guests: booking.guests ?? [],
    metadata: booking.metadata ?? [],
  };
  const confirmed = Prisma.sql`
    update hold set booking_id = ${id}, network_hash = null, wide_network_hash = null where id = ${holdId}`;
  const row = Prisma.sql`
    insert into booking (id, organisation_id, event_type_id, hold_id, status, starts_at, ends_at, hosts, title,
      attendee_name, attendee_email, attendee_time_zone, attendee_locale, notes, place_kind, place, phone, answers,
      guests, metadata, decide_by, created_at, updated_at)
    values (${id}, ${booking.organisationId}, ${booking.eventTypeId}, ${holdId}, ${status}::booking_status, ${booking.startsAt},
      ${booking.endsAt}, ${booking.hosts}, ${booking.title}, ${booking.attendeeName}, ${booking.attendeeEmail},
      ${booking.attendeeTimeZone}, ${details.attendeeLocale}, ${booking.notes}, ${details.placeKind}::place_kind,
      ${details.place}, ${details.phone}, ${JSON.stringify(details.answers)}::jsonb, ${details.guests},
      ${JSON.stringify(details.metadata)}::jsonb, ${decideBy}, ${at}, ${at})`;
  const unmoved = { movedBy: null, movedFrom: null, cancelledBy: null, cancelledAt: null };
  const unchanged = { sequence: 0, reason: null, placeError: null, blankedAt: null, ...unmoved };
  return {
    inserted: { ...booking, ...unchanged, ...details, status, decideBy, createdAt: at, updatedAt: at },
    changes: [confirmed, row],
  };
}

export const bookingById = (tx: Tx, id: string): Promise<Booking | null> =>
  tx.booking.findUnique({ where: { id } });

/** Waits for the row's lock and keeps it until the transaction ends. Its hosts must be locked before. */
export async function lockBooking(tx: Tx, id: string): Promise<Booking | null> {
  await tx.$queryRaw`select 1 from booking where id = ${id} for update`;
  return bookingById(tx, id);
}

/** The row must be locked. */
export const changeBooking = (
  tx: Tx,
  id: string,
  data: Partial<
    Pick<
      Booking,
      | 'status'
      | 'decideBy'
      | 'startsAt'
      | 'endsAt'
      | 'hosts'
      | 'place'
      | 'placeError'
      | 'sequence'
      | 'movedBy'
      | 'movedFrom'
    >
  >,
  now: Instant,
): Promise<Booking> => tx.booking.update({ where: { id }, data: { ...data, updatedAt: new Date(now) } });

/** The row must be locked. */
export const markEnded = (
  tx: Tx,
  booking: Booking,
  status: 'CANCELLED' | 'DECLINED',
  why: { reason: string | null; by: CancelledBy },
  now: Instant,
): Promise<Booking> =>
  tx.booking.update({
    where: { id: booking.id },
    data: {
      status,
      reason: why.reason,
      cancelledBy: why.by,
      sequence: booking.sequence + 1,
      cancelledAt: new Date(now),
      updatedAt: new Date(now),
    },
  });

/** The addresses of all attendees with a confirmed booking, or one that waits to be accepted, of the event type that starts after `now`. @param without a booking that doesn't count */
export async function upcomingAttendees(
  tx: Tx,
  eventType: string,
  now: Instant,
  without: string | null,
): Promise<string[]> {
  const rows = await tx.booking.findMany({
    where: {
      eventTypeId: eventType,
      status: { in: ['CONFIRMED', 'PENDING'] },
      startsAt: { gt: new Date(now) },
      ...(without === null ? {} : { id: { not: without } }),
    },
    select: { attendeeEmail: true },
  });
  return rows.map(({ attendeeEmail }) => attendeeEmail);
}

/** It doesn't take place, and nothing can be changed of it. */
export const isOver = ({ status }: Pick<Booking, 'status'>) =>
  status === 'CANCELLED' || status === 'DECLINED';

/** Ids of bookings that were not accepted in time, the longest ago first. */
export async function undecidedBookings(tx: Tx, now: Instant, most: number): Promise<string[]> {
  const rows = await tx.booking.findMany({
    where: { status: 'PENDING', decideBy: { lte: new Date(now) } },
    select: { id: true },
    orderBy: [{ decideBy: 'asc' }, { id: 'asc' }],
    take: most,
  });
  return rows.map(({ id }) => id);
}

export const bookingsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.booking.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export interface BookingFilter {
  host: string;
  eventType: string;
  /** Words of the attendee's name and address. */
  attendee: string;
  status: Booking['status'];
  /** Those that start in [from, to). */
  from: Instant;
  to: Instant;
}

/** @param byStart false: in the order of ids, as they were made */
export function bookingListing(
  organisation: string,
  { host, eventType, attendee, status, from, to }: Filter<BookingFilter>,
  byStart = false,
): Listing {
  const words = Prisma.sql`search_words(b.attendee_name || ' ' || b.attendee_email)`;
  return {
    from: Prisma.sql`booking b`,
    id: Prisma.sql`b.id`,
    where: conditions(
      Prisma.sql`b.organisation_id = ${organisation}`,
      ifAsked(host, (wanted) => Prisma.sql`b.hosts @> ${[wanted]}`),
      ifAsked(eventType, (wanted) => Prisma.sql`b.event_type_id = ${wanted}`),
      matches(words, attendee),
      ifAsked(status, (wanted) => Prisma.sql`b.status = ${wanted}::booking_status`),
      ifAsked(from, (at) => Prisma.sql`b.starts_at >= ${new Date(at)}`),
      ifAsked(to, (at) => Prisma.sql`b.starts_at < ${new Date(at)}`),
    ),
    ...(byStart ? { at: Prisma.sql`b.starts_at` } : {}),
  };
}

export const listBookings = (
  tx: Tx,
  organisation: string,
  filter: Filter<BookingFilter> = {},
  byStart = false,
): RowList<Booking> =>
  rowList(tx, bookingListing(organisation, filter, byStart), (ids) => bookingsByIds(tx, organisation, ids));

/** The worst write status of each booking over its hosts' calendars, and the first error. Writes of a host who left the booking do not count. */
export async function writeStatuses(
  tx: Tx,
  ids: readonly string[],
): Promise<{ id: string; status: WriteStatus; error: string | null }[]> {
  const rows = await tx.$queryRaw<{ bookingId: string; status: StoredWriteStatus; error: string | null }[]>`
    select w.booking_id as "bookingId", w.status, w.error
    from booking_write w join booking b on b.id = w.booking_id
    where w.booking_id = any(${[...ids]}) and w.host_id = any(b.hosts)
    order by w.id`;
  return ids.map((id) => {
    const found = rows.filter(({ bookingId }) => bookingId === id);
    const status = (['FAILED', 'PENDING', 'WRITTEN'] as const).find((worst) =>
      found.some((row) => row.status === worst),
    );
    return { id, status: status ?? 'NATIVE', error: found.find(({ error }) => error)?.error ?? null };
  });
}

/** How many bookings of an event type a host has. */
export interface HostLoad {
  host: string;
  /** Bookings and live holds from 30 days ago on. */
  load: number;
  /** Null when the host had no booking within a year. */
  lastBookedAt: Instant | null;
}

const RECENT = 30 * DAY;
const LAST_BOOKED_WITHIN = 366 * DAY;

/**
 * For each of the hosts.
 * @param without the hold or booking that doesn't count; null: none
 */
export async function hostLoads(
  tx: Tx,
  eventType: string,
  hosts: readonly string[],
  now: Instant,
  without: string | null,
): Promise<Map<string, HostLoad>> {
  const rows = await tx.$queryRaw<HostLoad[]>`
    select host_id as host, (count(*) filter (where starts_at > ${new Date(now - RECENT)}))::float8 as load,
      epoch_ms(max(valid_from)) as "lastBookedAt"
    from native_time
    where host_id = any(${[...hosts]}) and valid_to is null and kind <> 'block' and event_type_id = ${eventType}
      and ends_at > ${new Date(now - LAST_BOOKED_WITHIN)} and (expires_at is null or expires_at > ${new Date(now)})
      and owner_id is distinct from ${without}
    group by host_id`;
  const found = new Map(rows.map((row) => [row.host, row]));
  return new Map(hosts.map((host) => [host, found.get(host) ?? { host, load: 0, lastBookedAt: null }]));
}
