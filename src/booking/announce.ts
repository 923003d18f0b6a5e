/** Tells an organisation's webhook endpoints of its bookings. */

import type { JobQueue } from '../jobs/port.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Tx } from '../store/client.ts';
import { endpointsWanting, type WebhookEvent } from '../store/outbound/webhook-endpoints.ts';
import { insertMessages } from '../store/outbound/webhook-messages.ts';
import { keptEventTypes } from '../store/rules/event-types.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { Instant } from '../time/clock.ts';
import { payloadOf } from './payload.ts';

/** In the transaction of the change: leaves one message for each endpoint that wants it. `booking`: as it is now. */
export type Announce = (tx: Tx, event: WebhookEvent, booking: Booking, now: Instant) => Promise<void>;

export interface AnnounceDeps {
  jobs: JobQueue;
  /** PUBLIC_URL. */
  publicUrl: string;
}

export function createAnnounce({ jobs, publicUrl }: AnnounceDeps): Announce {
  const domain = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return async (tx, event, booking, now) => {
    const endpoints = (await endpointsWanting(tx, booking.organisationId, event)).map(({ id }) => id);
    if (endpoints.length === 0) return;
    const [eventType = null] = await keptEventTypes(tx, [booking.eventTypeId]);
    const found = await hostsByIds(tx, booking.organisationId, booking.hosts);
    const hosts = booking.hosts.flatMap((id) => found.find((host) => host.id === id) ?? []);
    const payload = JSON.stringify(payloadOf(event, booking, { eventType, hosts, domain }, now));
    const message = { organisation: booking.organisationId, event, payload };
    const messages = await insertMessages(tx, endpoints, message, now);
    await jobs.enqueue(
      tx,
      messages.map((id) => ({ task: 'deliver', payload: { message: id }, key: id })),
    );
  };
}
