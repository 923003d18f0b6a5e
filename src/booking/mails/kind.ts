/** Which mail tells of a change of a booking: a request that was never accepted has mails of its own. */
import type { Booking } from '../../store/bookings/bookings.ts';
import type { MailKind } from '../../store/outbound/mails.ts';
import type { BookingEvent } from '../payload.ts';

const KINDS = {
  BOOKING_REQUESTED: 'REQUESTED',
  BOOKING_DECLINED: 'DECLINED',
  BOOKING_CREATED: 'BOOKED',
  BOOKING_RESCHEDULED: 'MOVED',
  BOOKING_CANCELLED: 'CANCELLED',
  BOOKING_UPDATED: 'LINK',
} as const satisfies Record<BookingEvent, MailKind>;

/** @param booking as it is after the change */
export function mailKind(
  event: BookingEvent,
  { decideBy, sequence, cancelledBy }: Pick<Booking, 'decideBy' | 'sequence' | 'cancelledBy'>,
): MailKind {
  // What is booked at once has not changed before.
  if (decideBy === null) return event === 'BOOKING_CREATED' && sequence > 0 ? 'ACCEPTED' : KINDS[event];
  if (event === 'BOOKING_RESCHEDULED') return 'REQUEST_CHANGED';
  if (event === 'BOOKING_CANCELLED') return cancelledBy === 'attendee' ? 'WITHDRAWN' : 'DECLINED';
  return KINDS[event];
}

/** After it the booking takes place. */
export const isBookedBy = (kind: MailKind) =>
  kind === 'BOOKED' || kind === 'ACCEPTED' || kind === 'MOVED' || kind === 'LINK';
