/** Announces an organisation's bookings, and codes that are to be sent to its visitors: to its webhook endpoints, and by mail. */

import type { JobQueue } from '../jobs/port.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import { accountAddresses } from '../store/bookings/calendars.ts';
import type { Tx } from '../store/client.ts';
import { subscribedEndpoints, type WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import { insertMessages } from '../store/outbound/webhook-messages.ts';
import { eventTypesWithDeleted } from '../store/rules/event-types.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Instant } from '../time/clock.ts';
import { invitationDomain } from './invitation.ts';
import type { PlanMails } from './mails/plan.ts';
import type { ManageUrl } from './manage-url.ts';
import {
  type BookingEvent,
  bookingPayload,
  type VerificationRequest,
  verificationPayload,
} from './payload.ts';

/**
 * Inserts one message for each subscribed endpoint, and the mails, in the transaction that changed `booking` to what it is now.
 * @param before where it was before it was moved; absent: it was not
 */
export type AnnounceBooking = (
  tx: Tx,
  event: BookingEvent,
  booking: Booking,
  now: Instant,
  before?: Pick<Booking, 'startsAt' | 'endsAt' | 'hosts'>,
) => Promise<void>;

/** Inserts one message for each subscribed endpoint, and a mail. @returns false when there is neither */
export type AnnounceVerification = (tx: Tx, request: VerificationRequest, now: Instant) => Promise<boolean>;

export interface AnnouncementsDeps {
  jobs: JobQueue;
  /** The value of PUBLIC_URL. */
  publicUrl: string;
  /** Null: no mail is sent. */
  mails: PlanMails | null;
}

export type BookingAnnouncementsDeps = AnnouncementsDeps & { manageUrl: ManageUrl };

/** What an iCalendar object of the booking says beside its row. */
export async function invitationContext(
  tx: Tx,
  booking: Pick<Booking, 'id' | 'organisationId' | 'hosts'>,
  { publicUrl, manageUrl }: Pick<BookingAnnouncementsDeps, 'publicUrl' | 'manageUrl'>,
) {
  const hosts = await hostsInOrder(tx, booking);
  const addresses = await accountAddresses(tx, booking.hosts);
  return {
    hosts: hosts.map((host) => ({ ...host, address: host.email ?? addresses.get(host.id) ?? null })),
    domain: invitationDomain(publicUrl),
    manageUrl: manageUrl(booking.id),
  };
}

export function createAnnouncements(deps: BookingAnnouncementsDeps): AnnounceBooking {
  const { jobs, mails } = deps;
  return async (tx, event, booking, now, before) => {
    const to = { organisation: booking.organisationId, event, booking: booking.id };
    await enqueueMessages(tx, jobs, to, now, async () => {
      const [eventType = null] = await eventTypesWithDeleted(tx, [booking.eventTypeId]);
      const context = { eventType, ...(await invitationContext(tx, booking, deps)) };
      return bookingPayload(event, booking, context, now);
    });
    await mails?.ofBooking(tx, event, booking, await hostsInOrder(tx, booking), before ?? null, now);
  };
}

export const createVerificationAnnouncement =
  ({ jobs, publicUrl, mails }: AnnouncementsDeps): AnnounceVerification =>
  async (tx, request, now) => {
    const to = {
      organisation: request.hold.organisationId,
      event: 'VERIFICATION_REQUESTED' as const,
      booking: null,
    };
    const isHeard = await enqueueMessages(tx, jobs, to, now, async () =>
      verificationPayload(request, { hosts: await hostsInOrder(tx, request.hold), publicUrl }, now),
    );
    if (!mails) return isHeard;
    await mails.ofVerification(tx, request, await hostsInOrder(tx, request.hold), now);
    return true;
  };

/** @returns false when no endpoint of the organisation hears the event */
async function enqueueMessages(
  tx: Tx,
  jobs: JobQueue,
  to: { organisation: string; event: WebhookEvent; booking: string | null },
  now: Instant,
  payloadOf: () => Promise<object>,
): Promise<boolean> {
  const endpoints = (await subscribedEndpoints(tx, to.organisation, to.event)).map(({ id }) => id);
  if (endpoints.length === 0) return false;
  const message = { ...to, payload: JSON.stringify(await payloadOf()) };
  const messages = await insertMessages(tx, endpoints, message, now);
  await jobs.enqueue(
    tx,
    messages.map((id) => ({ task: 'deliver', payload: { message: id }, key: id })),
  );
  return true;
}

async function hostsInOrder(tx: Tx, { organisationId, hosts }: Pick<Booking, 'organisationId' | 'hosts'>) {
  const found = await hostsByIds(tx, organisationId, hosts);
  return hosts.flatMap((id) => found.find((host) => host.id === id) ?? []);
}
