/** Cancels a booking for whoever holds its token. Again: nothing more happens. */
import { bookingById, lockBooking } from '../store/bookings/bookings.ts';
import type { BookingsDeps } from './deps.ts';
import { BOOKING_NOT_FOUND, booked, type CancelResult } from './outcome.ts';
import { Again, untilThrough } from './retry-on-conflict.ts';

export type CancelBooking = (token: string, reason: string | null) => Promise<CancelResult>;

export function createCancel({
  store,
  locked,
  changes,
  tokens,
  clock,
}: Pick<BookingsDeps, 'store' | 'locked' | 'changes' | 'tokens' | 'clock'>): CancelBooking {
  return (token, reason) =>
    untilThrough(async (): Promise<CancelResult> => {
      const id = tokens.bookingOf(token);
      const found = id === null ? null : await bookingById(store, id);
      if (!found) return BOOKING_NOT_FOUND;
      if (found.status === 'CANCELLED') return booked(tokens, found);
      return locked<CancelResult>(found.hosts, async (tx) => {
        const booking = await lockBooking(tx, found.id);
        if (!booking) return { result: BOOKING_NOT_FOUND, keys: [] };
        if (!booking.hosts.every((host) => found.hosts.includes(host))) throw new Again();
        const keys =
          booking.status === 'CANCELLED'
            ? []
            : await changes.cancel(tx, booking, { reason, by: 'attendee' }, clock.now());
        const cancelled = (await bookingById(tx, found.id)) ?? booking;
        return { result: booked(tokens, cancelled), keys };
      });
    });
}
