/** Changes a booking: its attendee, its host or an operator moves or cancels it; one that waits for a host is accepted or declined. */
import { cacheKey } from '../cache/keys.ts';
import { type Booking, type CancelledBy, changeBooking, markEnded } from '../store/bookings/bookings.ts';
import { endNativeTime, takeNativeTime } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import { eventTypesWithDeleted } from '../store/rules/event-types.ts';
import type { Instant } from '../time/clock.ts';
import type { AnnounceBooking } from './announce.ts';
import type { PlanWrites } from './writes/plan.ts';

export interface BookingChanges {
  /** The booking must be locked. By its host it may overlap other bookings. @returns cache keys to invalidate */
  move(
    tx: Tx,
    booking: Booking,
    to: { start: Instant; end: Instant; hosts: string[]; by: CancelledBy },
    now: Instant,
  ): Promise<string[]>;
  /** The booking must be locked. @returns cache keys to invalidate */
  cancel(
    tx: Tx,
    booking: Booking,
    why: { reason: string | null; by: CancelledBy },
    now: Instant,
  ): Promise<string[]>;
  /** The booking must be locked. @param url the link of its online meeting, which the provider of a host's calendar has made */
  setLink(tx: Tx, booking: Booking, url: string, now: Instant): Promise<void>;
  /** The booking must be locked and PENDING. Its time was its own before. @returns cache keys to invalidate */
  accept(tx: Tx, booking: Booking, now: Instant): Promise<string[]>;
  /** The booking must be locked and PENDING. @returns cache keys to invalidate */
  decline(
    tx: Tx,
    booking: Booking,
    why: { reason: string | null; by: CancelledBy },
    now: Instant,
  ): Promise<string[]>;
}

export function createBookingChanges({
  planWrites,
  announce,
}: {
  planWrites: PlanWrites;
  announce: AnnounceBooking;
}): BookingChanges {
  return {
    async move(tx, booking, { start, end, hosts, by }, now) {
      const { id: owner, organisationId: organisation, eventTypeId: eventType } = booking;
      const [type] = await eventTypesWithDeleted(tx, [eventType]);
      const { bufferBefore, bufferAfter } = type?.rules ?? { bufferBefore: 0, bufferAfter: 0 };
      const released = await endNativeTime(tx, owner, now);
      const claimant = { hosts, organisation, eventType, owner };
      const time = { start, end, bufferBefore, bufferAfter, expiresAt: null, byHost: by === 'host' };
      await takeNativeTime(tx, { kind: 'booking', ...claimant, ...time }, now);
      const where = { startsAt: new Date(start), endsAt: new Date(end), hosts };
      // A booking that only changes hosts keeps what is known of its last move.
      const isMoved = booking.startsAt.getTime() !== start;
      const from = isMoved ? { movedBy: by, movedFrom: booking.startsAt } : {};
      const decideBy = booking.decideBy && where.startsAt;
      const change = { ...where, decideBy, ...from, sequence: booking.sequence + 1 };
      const moved = await planWrites(tx, await changeBooking(tx, booking.id, change, now), now);
      await announce(tx, 'BOOKING_RESCHEDULED', moved, now, booking);
      return [...new Set([...released, ...hosts])].map(cacheKey.native);
    },

    async cancel(tx, booking, why, now) {
      const released = await endNativeTime(tx, booking.id, now);
      const cancelled = await markEnded(tx, booking, 'CANCELLED', why, now);
      await planWrites(tx, cancelled, now);
      await announce(tx, 'BOOKING_CANCELLED', cancelled, now);
      return released.map(cacheKey.native);
    },

    async setLink(tx, booking, url, now) {
      const change = { place: url, placeError: null, sequence: booking.sequence + 1 };
      const linked = await changeBooking(tx, booking.id, change, now);
      await announce(tx, 'BOOKING_UPDATED', linked, now);
    },

    async accept(tx, booking, now) {
      const change = { status: 'CONFIRMED', decideBy: null, sequence: booking.sequence + 1 } as const;
      const accepted = await planWrites(tx, await changeBooking(tx, booking.id, change, now), now);
      await announce(tx, 'BOOKING_CREATED', accepted, now);
      return booking.hosts.map(cacheKey.native);
    },

    async decline(tx, booking, why, now) {
      const released = await endNativeTime(tx, booking.id, now);
      const declined = await markEnded(tx, booking, 'DECLINED', why, now);
      await announce(tx, 'BOOKING_DECLINED', declined, now);
      return released.map(cacheKey.native);
    },
  };
}
