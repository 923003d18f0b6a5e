/** A booking as an iCalendar object: the invitation and its cancellation, and the file for those who add it to a calendar themselves. */
import { formatInvitation, type InvitationMethod } from '../ical/invitation.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Instant } from '../time/clock.ts';
import { locationOfBooking, wordsOfVisitor } from './details.ts';
import { manageLine } from './manage-url.ts';

/** What the object says beside the booking's own row. */
export interface InvitationContext {
  /** In the booking's order. `address`: where mail reaches the host, as far as that is known. */
  hosts: readonly { name: string; address: string | null }[];
  /** The host of PUBLIC_URL, which follows the @ in the booking's iCalendar UID. */
  domain: string;
  /** Where the booking is looked after. */
  manageUrl: string;
}

/** @param publicUrl PUBLIC_URL */
export const invitationDomain = (publicUrl: string) => new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');

/** @param method PUBLISH for visitors who add the booking to a calendar themselves: such an object invites no one (RFC 5546 §3.2.1) */
export function bookingInvitation(
  method: InvitationMethod,
  booking: Booking,
  { hosts, domain, manageUrl }: InvitationContext,
  now: Instant,
): string {
  const [first] = hosts;
  // Nothing is known of an attendee who was erased.
  const isKnown = booking.blankedAt === null;
  const isOver = booking.status === 'CANCELLED';
  const words = wordsOfVisitor(booking);
  const text = [...words, ...(words.length > 0 ? [''] : []), ...(isOver ? [] : [manageLine(manageUrl)])];
  return formatInvitation({
    method,
    uid: `${booking.id}@${domain}`,
    sequence: booking.sequence,
    stamp: now,
    createdAt: booking.createdAt.getTime(),
    start: booking.startsAt.getTime(),
    end: booking.endsAt.getTime(),
    summary: booking.title,
    description: text.join('\n').trim() || null,
    location: locationOfBooking(booking),
    url: isOver ? null : manageUrl,
    comment: booking.reason,
    organizer: first ? { name: first.name, email: first.address } : { name: domain, email: null },
    attendees:
      method === 'PUBLISH'
        ? []
        : [
            ...(isKnown ? [{ name: booking.attendeeName, email: booking.attendeeEmail }] : []),
            ...hosts.flatMap(({ name, address }) => (address === null ? [] : [{ name, email: address }])),
            ...booking.guests.map((email) => ({ name: email, email, isGuest: true })),
          ],
  });
}
