/** A booking as a file for its attendee's own calendar, where no invitation comes or another calendar is used. */
import { bookingById } from '../store/bookings/bookings.ts';
import type { Store } from '../store/client.ts';
import type { Clock } from '../time/clock.ts';
import { type BookingAnnouncementsDeps, invitationContext } from './announce.ts';
import { bookingInvitation } from './invitation.ts';
import type { BookingTokens } from './tokens.ts';

/** @returns an iCalendar object; null when the token is not a booking's, or the booking was cancelled */
export type CalendarFile = (token: string) => Promise<string | null>;

export interface CalendarFileDeps extends Pick<BookingAnnouncementsDeps, 'publicUrl' | 'manageUrl'> {
  store: Store;
  tokens: Pick<BookingTokens, 'verify'>;
  clock: Clock;
}

export const createCalendarFile =
  ({ store, tokens, clock, ...links }: CalendarFileDeps): CalendarFile =>
  async (token) => {
    const id = tokens.verify(token);
    const booking = id === null ? null : await bookingById(store, id);
    if (booking?.status !== 'CONFIRMED') return null;
    const context = await invitationContext(store, booking, links);
    return bookingInvitation('PUBLISH', booking, context, clock.now());
  };
