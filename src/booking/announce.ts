/** Announces an organisation's bookings to its webhook endpoints. */

import type { JobQueue } from '../jobs/port.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import { subscribedEndpoints, type WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import { insertMessages } from '../store/outbound/webhook-messages.ts';
import { eventTypesWithDeleted } from '../store/rules/event-types.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Instant } from '../time/clock.ts';
import { bookingPayload } from './payload.ts';

/** Inserts one message for each subscribed endpoint, in the transaction that changed `booking` to what it is now. */
export type AnnounceBooking = (tx: Tx, event: WebhookEvent, booking: Booking, now: Instant) => Promise<void>;

export interface AnnouncementsDeps {
  jobs: JobQueue;
  /** The value of PUBLIC_URL. */
  publicUrl: string;
}

export function createAnnouncements({ jobs, publicUrl }: AnnouncementsDeps): AnnounceBooking {
  const domain = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return async (tx, event, booking, now) => {
    const endpoints = (await subscribedEndpoints(tx, booking.organisationId, event)).map(({ id }) => id);
    if (endpoints.length === 0) return;
    const [eventType = null] = await eventTypesWithDeleted(tx, [booking.eventTypeId]);
    const found = await hostsByIds(tx, booking.organisationId, booking.hosts);
    const hosts = booking.hosts.flatMap((id) => found.find((host) => host.id === id) ?? []);
    const payload = JSON.stringify(bookingPayload(event, booking, { eventType, hosts, domain }, now));
    const message = { organisation: booking.organisationId, event, payload, booking: booking.id };
    const messages = await insertMessages(tx, endpoints, message, now);
    await jobs.enqueue(
      tx,
      messages.map((id) => ({ task: 'deliver', payload: { message: id }, key: id })),
    );
  };
}
