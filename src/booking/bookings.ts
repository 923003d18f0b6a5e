/** The operations on slots: those that are open to the public, from holding a slot to cancelling its booking, and operators' own. */
import { bookingById } from '../store/bookings/bookings.ts';
import { type AcceptBooking, createApproval, type DeclineBooking } from './approval.ts';
import { type CancelBooking, type CancelBookingById, createCancel } from './cancel.ts';
import { type ConfirmBooking, createConfirm } from './confirm.ts';
import type { BookingsDeps } from './deps.ts';
import { createHold, type HoldSlot } from './hold.ts';
import { type BookingWithToken, bookedResult } from './outcome.ts';
import { createReassign, type ReassignBooking } from './reassign.ts';
import { createRelease, type ReleaseHold } from './release.ts';
import { createReschedule, type MoveBookingById, type RescheduleBooking } from './reschedule.ts';

export interface Bookings {
  hold: HoldSlot;
  release: ReleaseHold;
  confirm: ConfirmBooking;
  cancel: CancelBooking;
  reschedule: RescheduleBooking;
  cancelById: CancelBookingById;
  moveById: MoveBookingById;
  reassign: ReassignBooking;
  accept: AcceptBooking;
  decline: DeclineBooking;
  /** @returns null when the token is not a booking's. */
  byToken(token: string): Promise<BookingWithToken | null>;
}

export function createBookings(deps: BookingsDeps): Bookings {
  return {
    hold: createHold(deps),
    release: createRelease(deps),
    confirm: createConfirm(deps),
    ...createCancel(deps),
    ...createReschedule(deps),
    reassign: createReassign(deps),
    ...createApproval(deps),
    async byToken(token) {
      const id = deps.tokens.verify(token);
      const booking = id === null ? null : await bookingById(deps.store, id);
      return booking && bookedResult(deps.tokens, booking).booking;
    },
  };
}
