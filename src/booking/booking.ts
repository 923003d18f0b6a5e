/** Booking: what the public may do with a slot, from reserving it to giving it up. */
import { createKeyedMutex } from '../async/keyed-mutex.ts';
import { bookingById } from '../store/bookings/bookings.ts';
import { type CancelBooking, createCancel } from './cancel.ts';
import { type ConfirmBooking, createConfirm } from './confirm.ts';
import type { BookingDeps, PartDeps } from './deps.ts';
import { createHold, type HoldSlot } from './hold.ts';
import { createLocked } from './host-locks.ts';
import { booked, type HeldBooking } from './outcome.ts';
import { createRelease, type ReleaseHold } from './release.ts';
import { createReschedule, type RescheduleBooking } from './reschedule.ts';

export interface Bookings {
  hold: HoldSlot;
  release: ReleaseHold;
  confirm: ConfirmBooking;
  cancel: CancelBooking;
  reschedule: RescheduleBooking;
  /** @returns null for what is no booking's token. */
  byToken(token: string): Promise<HeldBooking | null>;
}

export function createBooking({ publisher, ...rest }: BookingDeps): Bookings {
  const deps: PartDeps = { ...rest, locked: createLocked({ publisher, mutex: createKeyedMutex() }) };
  return {
    hold: createHold(deps),
    release: createRelease(deps),
    confirm: createConfirm(deps),
    cancel: createCancel(deps),
    reschedule: createReschedule(deps),
    async byToken(token) {
      const id = deps.tokens.bookingOf(token);
      const booking = id === null ? null : await bookingById(deps.store, id);
      return booking && booked(deps.tokens, booking).booking;
    },
  };
}
