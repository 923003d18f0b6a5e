/** Leaves for the address that an event type sends its visitors to once they have booked. */
import type { BookingStatus } from '../gql/documents.ts';

export interface LeavingBooking {
  readonly id: string;
  readonly status: BookingStatus;
  /** RFC 3339, like `end`. */
  readonly start: string;
  readonly end: string;
}

/**
 * The address with the booking's id and time as parameters, beside those that it has, and with `status` when it waits to be accepted.
 * The booking's secret stays here.
 */
export function redirectAddress(redirectUrl: string, { id, status, start, end }: LeavingBooking): string {
  const url = new URL(redirectUrl);
  const waits = status === 'PENDING' ? { status: 'pending' } : {};
  for (const [name, value] of Object.entries({ booking: id, start, end, ...waits }))
    url.searchParams.set(name, value);
  return url.href;
}

/** @param redirectUrl null: the visitor stays */
export function leaveAfterBooking(redirectUrl: string | null, booking: LeavingBooking): void {
  if (redirectUrl !== null) location.assign(redirectAddress(redirectUrl, booking));
}
