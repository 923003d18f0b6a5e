/** The body of the Standard Webhooks message about a booking. The message never has the booking's token. */

import { formatInvitation, type InvitationMethod } from '../ical/invitation.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import type { Instant } from '../time/clock.ts';
import { formatInstant } from '../time/instant-text.ts';

/** What the message says beside the booking's own row. */
export interface BookingContext {
  /** Null when the event type's row is erased; `owner` is '' when the owner is deleted. */
  eventType: { owner: string; slug: string; title: string } | null;
  /** In the booking's order. */
  hosts: readonly { id: string; name: string; slug: string; email: string | null }[];
  /** The host of PUBLIC_URL, which follows the @ in the booking's iCalendar UID. */
  domain: string;
}

const TYPES: Record<WebhookEvent, string> = {
  BOOKING_CREATED: 'booking.created',
  BOOKING_RESCHEDULED: 'booking.rescheduled',
  BOOKING_CANCELLED: 'booking.cancelled',
};

export function bookingPayload(event: WebhookEvent, booking: Booking, context: BookingContext, now: Instant) {
  const { eventType, hosts } = context;
  return {
    type: TYPES[event],
    timestamp: formatInstant(now),
    data: {
      booking: {
        id: booking.id,
        status: booking.status,
        start: booking.startsAt.toISOString(),
        end: booking.endsAt.toISOString(),
        eventType: {
          id: booking.eventTypeId,
          owner: eventType?.owner || null,
          slug: eventType?.slug ?? null,
          title: eventType?.title ?? booking.title,
        },
        hosts: hosts.map(({ id, name, slug, email }) => ({ id, name, slug, email })),
        attendee: {
          name: booking.attendeeName,
          email: booking.attendeeEmail,
          timeZone: booking.attendeeTimeZone,
          notes: booking.notes,
        },
        reason: booking.reason,
        cancelledBy: booking.cancelledBy,
        sequence: booking.sequence,
        createdAt: booking.createdAt.toISOString(),
      },
      invitation: invitationAttachment(booking, context, now),
    },
  };
}

/** The invitation as the attachment that a mail to the attendee would carry. */
function invitationAttachment(booking: Booking, { hosts, domain }: BookingContext, now: Instant) {
  const method: InvitationMethod = booking.status === 'CANCELLED' ? 'CANCEL' : 'REQUEST';
  const [organizer = { name: domain, email: null }] = hosts;
  const content = formatInvitation({
    method,
    uid: `${booking.id}@${domain}`,
    sequence: booking.sequence,
    stamp: now,
    createdAt: booking.createdAt.getTime(),
    start: booking.startsAt.getTime(),
    end: booking.endsAt.getTime(),
    summary: booking.title,
    description: booking.notes,
    comment: booking.reason,
    organizer,
    attendees: [
      // Nothing is known of an attendee who was erased.
      ...(booking.blankedAt === null ? [{ name: booking.attendeeName, email: booking.attendeeEmail }] : []),
      ...hosts.flatMap(({ name, email }) => (email === null ? [] : [{ name, email }])),
    ],
  });
  return {
    method,
    contentType: `text/calendar; method=${method}; charset=utf-8`,
    filename: method === 'CANCEL' ? 'cancel.ics' : 'invite.ics',
    content,
  };
}
