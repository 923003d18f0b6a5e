/** Cancels a booking for the holder of its token. Cancelling a booking again changes nothing. */
import { bookingById, lockBooking } from '../store/bookings/bookings.ts';
import type { BookingsDeps } from './deps.ts';
import { BOOKING_NOT_FOUND, bookedResult, type CancelResult } from './outcome.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';

export type CancelBooking = (token: string, reason: string | null) => Promise<CancelResult>;

export function createCancel({
  store,
  withHostLocks,
  changes,
  tokens,
  clock,
}: Pick<BookingsDeps, 'store' | 'withHostLocks' | 'changes' | 'tokens' | 'clock'>): CancelBooking {
  return (token, reason) =>
    retryOnConflict(async (): Promise<CancelResult> => {
      const id = tokens.verify(token);
      const found = id === null ? null : await bookingById(store, id);
      if (!found) return BOOKING_NOT_FOUND;
      if (found.status === 'CANCELLED') return bookedResult(tokens, found);
      return withHostLocks<CancelResult>(found.hosts, async (tx) => {
        const booking = await lockBooking(tx, found.id);
        if (!booking) return { result: BOOKING_NOT_FOUND, keys: [] };
        if (!booking.hosts.every((host) => found.hosts.includes(host))) throw new RetryTransaction();
        const keys =
          booking.status === 'CANCELLED'
            ? []
            : await changes.cancel(tx, booking, { reason, by: 'attendee' }, clock.now());
        const cancelled = (await bookingById(tx, found.id)) ?? booking;
        return { result: bookedResult(tokens, cancelled), keys };
      });
    });
}
