/** How many upcoming bookings of an event type one mailbox may have: a rule of the event type, for keys as for the public. */
import type { EventTypeOffer } from '../availability/rules.ts';
import { mailboxOf } from '../calendars/mail-address.ts';
import { upcomingAttendees } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import type { Instant } from '../time/clock.ts';

/**
 * One booking more is more than the attendee may have. Two confirmations can't both pass when the event type's hosts are
 * locked; without the locks it only spares work. @param without the booking that is moved; null: none
 */
export async function hasEnoughBookings(
  tx: Tx,
  { id, rules }: Pick<EventTypeOffer, 'id' | 'rules'>,
  email: string,
  now: Instant,
  without: string | null = null,
): Promise<boolean> {
  if (rules.maxPerAttendee === null) return false;
  const mailbox = mailboxOf(email);
  const attendees = await upcomingAttendees(tx, id, now, without);
  return attendees.filter((other) => mailboxOf(other) === mailbox).length >= rules.maxPerAttendee;
}
