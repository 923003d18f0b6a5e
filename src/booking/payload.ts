/** The bodies of Standard Webhooks messages about bookings and verifications. */
import type { Booking } from '../store/bookings/bookings.ts';
import type { Hold } from '../store/bookings/holds.ts';
import type { WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import type { EventType } from '../store/rules/event-types.ts';
import type { Instant } from '../time/clock.ts';
import { formatInstant } from '../time/instant-text.ts';
import type { Attendee } from './confirm.ts';
import { answersOfBooking, metadataOfBooking, placeOfBooking } from './details.ts';
import { bookingInvitation, type InvitationContext } from './invitation.ts';

/** What the message says beside the booking's own row. */
export interface BookingContext extends InvitationContext {
  /** Null when the event type's row is erased; `owner` is '' when the owner is deleted. */
  eventType: { owner: string; slug: string; title: string } | null;
  /** In the booking's order. `email`: as the operator gave it; `address` may be that of the host's account. */
  hosts: readonly { id: string; name: string; slug: string; email: string | null; address: string | null }[];
}

/** What happens to a booking. */
export type BookingEvent = Exclude<WebhookEvent, 'VERIFICATION_REQUESTED' | 'TEST'>;

const TYPES: Record<BookingEvent, string> = {
  BOOKING_REQUESTED: 'booking.requested',
  BOOKING_DECLINED: 'booking.declined',
  BOOKING_CREATED: 'booking.created',
  BOOKING_RESCHEDULED: 'booking.rescheduled',
  BOOKING_CANCELLED: 'booking.cancelled',
  BOOKING_UPDATED: 'booking.updated',
};

export function bookingPayload(event: BookingEvent, booking: Booking, context: BookingContext, now: Instant) {
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
        placeKind: booking.placeKind,
        place: placeOfBooking(booking),
        phone: booking.phone,
        answers: answersOfBooking(booking).map(({ question, label, values }) => ({
          question,
          label,
          values,
        })),
        guests: booking.guests,
        metadata: metadataOfBooking(booking),
        reason: booking.reason,
        cancelledBy: booking.cancelledBy,
        sequence: booking.sequence,
        createdAt: booking.createdAt.toISOString(),
        manageUrl: context.manageUrl,
      },
      invitation: invitationAttachment(booking, context, now),
    },
  };
}

/** A code that is to be sent to the attendee of a hold. */
export interface VerificationRequest {
  hold: Pick<Hold, 'organisationId' | 'hosts' | 'startsAt' | 'endsAt'>;
  type: Pick<EventType, 'id' | 'owner' | 'slug' | 'title'>;
  attendee: Pick<Attendee, 'name' | 'email' | 'timeZone' | 'locale'>;
  /** Six digits. */
  code: string;
  expiresAt: Instant;
}

/** All that a mail with the code says, in any language. It never has the hold's token. @param context.publicUrl PUBLIC_URL */
export function verificationPayload(
  { hold, type, attendee, code, expiresAt }: VerificationRequest,
  { hosts, publicUrl }: { hosts: readonly { id: string; name: string; slug: string }[]; publicUrl: string },
  now: Instant,
) {
  const { id, owner, slug, title } = type;
  return {
    type: 'verification.requested',
    timestamp: formatInstant(now),
    data: {
      code,
      expiresAt: formatInstant(expiresAt),
      attendee: { name: attendee.name, email: attendee.email, timeZone: attendee.timeZone },
      eventType: { id, owner, slug, title },
      page: `${publicUrl}/book/${encodeURIComponent(owner)}/${encodeURIComponent(slug)}`,
      start: hold.startsAt.toISOString(),
      end: hold.endsAt.toISOString(),
      hosts: hosts.map(({ id: host, name, slug: of }) => ({ id: host, name, slug: of })),
    },
  };
}

/** The invitation as the attachment that a mail to the attendee would carry; null: the booking was not accepted. */
function invitationAttachment(booking: Booking, context: BookingContext, now: Instant) {
  if (booking.decideBy !== null) return null;
  const method = booking.status === 'CANCELLED' ? 'CANCEL' : 'REQUEST';
  const content = bookingInvitation(method, booking, context, now);
  return {
    method,
    contentType: `text/calendar; method=${method}; charset=utf-8`,
    filename: method === 'CANCEL' ? 'cancel.ics' : 'invite.ics',
    content,
  };
}
