/** The operations on slots that are open to the public, from holding a slot to cancelling its booking. */
import { bookingById } from '../store/bookings/bookings.ts';
import { type CancelBooking, createCancel } from './cancel.ts';
import { type ConfirmBooking, createConfirm } from './confirm.ts';
import type { BookingsDeps } from './deps.ts';
import { createHold, type HoldSlot } from './hold.ts';
import { type BookingWithToken, bookedResult } from './outcome.ts';
import { createRelease, type ReleaseHold } from './release.ts';
import { createReschedule, type RescheduleBooking } from './reschedule.ts';

export interface Bookings {
  hold: HoldSlot;
  release: ReleaseHold;
  confirm: ConfirmBooking;
  cancel: CancelBooking;
  reschedule: RescheduleBooking;
  /** @returns null when the token is not a booking's. */
  byToken(token: string): Promise<BookingWithToken | null>;
}

export function createBookings(deps: BookingsDeps): Bookings {
  return {
    hold: createHold(deps),
    release: createRelease(deps),
    confirm: createConfirm(deps),
    cancel: createCancel(deps),
    reschedule: createReschedule(deps),
    async byToken(token) {
      const id = deps.tokens.verify(token);
      const booking = id === null ? null : await bookingById(deps.store, id);
      return booking && bookedResult(deps.tokens, booking).booking;
    },
  };
}
