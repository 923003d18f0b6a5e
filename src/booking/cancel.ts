/** Cancels a booking for the holder of its token, or for an operator. Cancelling a booking again changes nothing. */
import {
  type Booking,
  bookingById,
  type CancelledBy,
  isOver,
  lockBooking,
} from '../store/bookings/bookings.ts';
import { isTooLateToChange } from './change-notice.ts';
import type { BookingsDeps } from './deps.ts';
import {
  BOOKING_NOT_FOUND,
  type Booked,
  bookedResult,
  bookedWithoutToken,
  type CancelResult,
  CHANGE_TOO_LATE,
} from './outcome.ts';
import { requireBooking } from './require-booking.ts';
import { RetryTransaction, retryOnConflict } from './retry-on-conflict.ts';

export type CancelBooking = (token: string, reason: string | null) => Promise<CancelResult>;

/** For an operator of the organisation. @throws SlotwireError NOT_FOUND */
export type CancelBookingById = (
  organisation: string,
  id: string,
  reason: string | null,
) => Promise<CancelResult>;

export function createCancel({
  store,
  withHostLocks,
  changes,
  tokens,
  clock,
}: Pick<BookingsDeps, 'store' | 'withHostLocks' | 'changes' | 'tokens' | 'clock'>): {
  cancel: CancelBooking;
  cancelById: CancelBookingById;
} {
  /** @param show what the caller may see of the booking */
  const cancelFor = (
    id: string | null,
    why: { reason: string | null; by: CancelledBy },
    show: (booking: Booking) => Booked,
  ) =>
    retryOnConflict(async (): Promise<CancelResult> => {
      const found = id === null ? null : await bookingById(store, id);
      if (!found) return BOOKING_NOT_FOUND;
      if (isOver(found)) return show(found);
      return withHostLocks<CancelResult>(found.hosts, async (tx) => {
        const booking = await lockBooking(tx, found.id);
        if (!booking) return { result: BOOKING_NOT_FOUND, keys: [] };
        if (!booking.hosts.every((host) => found.hosts.includes(host))) throw new RetryTransaction();
        if (isOver(booking)) return { result: show(booking), keys: [] };
        const now = clock.now();
        if (why.by === 'attendee' && (await isTooLateToChange(tx, booking, now)))
          return { result: CHANGE_TOO_LATE, keys: [] };
        const keys = await changes.cancel(tx, booking, why, now);
        return { result: show((await bookingById(tx, found.id)) ?? booking), keys };
      });
    });

  return {
    cancel: (token, reason) =>
      cancelFor(tokens.verify(token), { reason, by: 'attendee' }, (booking) => bookedResult(tokens, booking)),
    async cancelById(organisation, id, reason) {
      await requireBooking(store, organisation, id);
      return cancelFor(id, { reason, by: 'operator' }, bookedWithoutToken);
    },
  };
}
