/** Announces an organisation's bookings, and codes that are to be sent to its visitors, to its webhook endpoints. */

import type { JobQueue } from '../jobs/port.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import { subscribedEndpoints, type WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import { insertMessages } from '../store/outbound/webhook-messages.ts';
import { eventTypesWithDeleted } from '../store/rules/event-types.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Instant } from '../time/clock.ts';
import {
  type BookingEvent,
  bookingPayload,
  type VerificationRequest,
  verificationPayload,
} from './payload.ts';

/** Inserts one message for each subscribed endpoint, in the transaction that changed `booking` to what it is now. */
export type AnnounceBooking = (tx: Tx, event: BookingEvent, booking: Booking, now: Instant) => Promise<void>;

/** Inserts one message for each subscribed endpoint. @returns false when there is none */
export type AnnounceVerification = (tx: Tx, request: VerificationRequest, now: Instant) => Promise<boolean>;

export interface AnnouncementsDeps {
  jobs: JobQueue;
  /** The value of PUBLIC_URL. */
  publicUrl: string;
}

export function createAnnouncements({ jobs, publicUrl }: AnnouncementsDeps): AnnounceBooking {
  const domain = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return async (tx, event, booking, now) => {
    const to = { organisation: booking.organisationId, event, booking: booking.id };
    await enqueueMessages(tx, jobs, to, now, async () => {
      const [eventType = null] = await eventTypesWithDeleted(tx, [booking.eventTypeId]);
      const hosts = await hostsInOrder(tx, booking);
      return bookingPayload(event, booking, { eventType, hosts, domain }, now);
    });
  };
}

export const createVerificationAnnouncement =
  ({ jobs, publicUrl }: AnnouncementsDeps): AnnounceVerification =>
  (tx, request, now) => {
    const to = {
      organisation: request.hold.organisationId,
      event: 'VERIFICATION_REQUESTED' as const,
      booking: null,
    };
    return enqueueMessages(tx, jobs, to, now, async () =>
      verificationPayload(request, { hosts: await hostsInOrder(tx, request.hold), publicUrl }, now),
    );
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
