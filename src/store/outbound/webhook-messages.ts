/** Messages to webhook endpoints and the log of their delivery attempts. A lease limits an endpoint to one message at a time. */

import { newId } from '../../ids.ts';
import { randomSecret } from '../../secrets.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import type { MessageStatus, WebhookAttempt, WebhookEvent, WebhookMessage } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { MessageStatus, WebhookAttempt, WebhookMessage };

/** One message to each of the endpoints, due at once. @returns their ids, in the endpoints' order. */
export async function insertMessages(
  tx: Tx,
  endpoints: readonly string[],
  message: { organisation: string; event: WebhookEvent; payload: string; booking: string | null },
  now: Instant,
): Promise<string[]> {
  const { organisation, event, payload, booking } = message;
  const ids = endpoints.map(() => newId('WebhookMessage'));
  await tx.webhookMessage.createMany({
    data: endpoints.map((endpointId, at) => ({
      id: ids[at] ?? newId('WebhookMessage'),
      organisationId: organisation,
      endpointId,
      event,
      payload,
      bookingId: booking,
      status: 'PENDING',
      dueAt: new Date(now),
      createdAt: new Date(now),
    })),
  });
  return ids;
}

/** A message to be sent, and where. */
export interface LeasedMessage {
  id: string;
  lease: string;
  organisation: string;
  payload: string;
  /** Tries before this one. */
  attempts: number;
  endpoint: { id: string; url: string; secret: string };
}

/**
 * Takes the next message of the endpoint that `message` goes to: those never tried first, in the order they were
 * queued. @returns null when none is due, or while one is being sent.
 */
export const leaseNextMessage = (
  store: Store,
  message: string,
  now: Instant,
  ttl: number,
): Promise<LeasedMessage | null> =>
  store.$transaction(async (tx) => {
    const [endpoint] = await tx.$queryRaw<LeasedMessage['endpoint'][]>`
      select e.id, e.url, e.secret from webhook_endpoint e
      where e.id = (select endpoint_id from webhook_message where id = ${message}) and e.active for no key update`;
    if (!endpoint) return null;
    const lease = randomSecret();
    const [row] = await tx.$queryRaw<Omit<LeasedMessage, 'lease' | 'endpoint'>[]>`
      update webhook_message set lease_id = ${lease}, lease_until = ${new Date(now + ttl)}
      where id = (
        select id from webhook_message
        where endpoint_id = ${endpoint.id} and status = 'PENDING' and due_at <= ${new Date(now)}
          and not exists (
            select 1 from webhook_message o
            where o.endpoint_id = ${endpoint.id} and o.status = 'PENDING' and o.lease_until >= ${new Date(now)})
        order by attempts > 0, id limit 1)
      returning id, organisation_id as organisation, payload, attempts`;
    return row ? { ...row, lease, endpoint } : null;
  });

/** One delivery attempt, as the log stores it. */
export interface DeliveryAttempt {
  at: Instant;
  responseStatus: number | null;
  error: string | null;
  milliseconds: number;
}

/** Outcome of an attempt: the message ended, or it is due again. */
export type DeliveryOutcome = { status: Exclude<MessageStatus, 'PENDING'> } | { dueAt: Instant };

/**
 * Logs the attempt and releases the lease.
 * @returns what became of the message: a message that was erased during the attempt and did not arrive is not sent again. Null,
 * with nothing done, when the lease was lost.
 */
export async function finishAttempt(
  tx: Tx,
  message: LeasedMessage,
  attempt: DeliveryAttempt,
  intended: DeliveryOutcome,
  now: Instant,
): Promise<DeliveryOutcome | null> {
  const [found] = await tx.$queryRaw<{ status: MessageStatus }[]>`
    select status from webhook_message where id = ${message.id} and lease_id = ${message.lease} for update`;
  if (!found) return null;
  const arrived = 'status' in intended && intended.status === 'DELIVERED';
  const outcome: DeliveryOutcome = found.status === 'ERASED' && !arrived ? { status: 'ERASED' } : intended;
  const ended = 'status' in outcome;
  await tx.webhookMessage.update({
    where: { id: message.id },
    data: {
      attempts: { increment: 1 },
      status: ended ? outcome.status : 'PENDING',
      dueAt: ended ? null : new Date(outcome.dueAt),
      endedAt: ended ? new Date(now) : null,
      leaseId: null,
      leaseUntil: null,
    },
  });
  await tx.webhookAttempt.create({
    data: {
      organisationId: message.organisation,
      messageId: message.id,
      at: new Date(attempt.at),
      responseStatus: attempt.responseStatus,
      error: attempt.error,
      milliseconds: attempt.milliseconds,
    },
  });
  return outcome;
}

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockMessage(tx: Tx, organisation: string, id: string): Promise<WebhookMessage | null> {
  await tx.$queryRaw`
    select 1 from webhook_message where id = ${id} and organisation_id = ${organisation} for no key update`;
  const [found] = await messagesByIds(tx, organisation, [id]);
  return found ?? null;
}

/** What is left of a message whose person was erased: it can't be sent again. */
export const isErasedMessage = ({ status, payload }: WebhookMessage): boolean =>
  status === 'ERASED' || payload === '{}';

/** Due at once, whatever became of it before; its attempts go on being counted. The row must be locked. */
export const makeMessageDue = (tx: Tx, id: string, now: Instant): Promise<WebhookMessage> =>
  tx.webhookMessage.update({
    where: { id },
    data: { status: 'PENDING', dueAt: new Date(now), endedAt: null },
  });

/** Releases the lease of an attempt that was not made; the message stays due. */
export const releaseMessageLease = (tx: Tx, message: LeasedMessage) =>
  tx.webhookMessage.updateMany({
    where: { id: message.id, leaseId: message.lease },
    data: { leaseId: null, leaseUntil: null },
  });

/** Releases the lease and makes all messages of the endpoint that are due before `until` due then, without an attempt. */
export const postponeMessages = (store: Store, { id, lease, endpoint }: LeasedMessage, until: Instant) =>
  store.$transaction([
    store.webhookMessage.updateMany({
      where: { id, leaseId: lease },
      data: { leaseId: null, leaseUntil: null },
    }),
    store.webhookMessage.updateMany({
      where: { endpointId: endpoint.id, status: 'PENDING', dueAt: { lt: new Date(until) } },
      data: { dueAt: new Date(until) },
    }),
  ]);

/** One due message of each active endpoint that has any and is sent none just now; or of one endpoint alone. */
export async function dueMessages(tx: Tx, now: Instant, limit: number, endpoint?: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select distinct on (m.endpoint_id) m.id from webhook_message m
    join webhook_endpoint e on e.id = m.endpoint_id and e.active
    where m.due_at <= ${new Date(now)} and (${endpoint ?? null}::text is null or m.endpoint_id = ${endpoint ?? null})
      and not exists (
        select 1 from webhook_message o
        where o.endpoint_id = m.endpoint_id and o.status = 'PENDING' and o.lease_until >= ${new Date(now)})
    order by m.endpoint_id, m.id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Ended messages with their log, some at a time. @returns how many went. */
export const pruneMessages = (tx: Tx, endedBefore: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from webhook_message where id in (
      select id from webhook_message where ended_at < ${new Date(endedBefore)} order by ended_at limit ${limit})`;

export const messagesByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.webhookMessage.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const listMessages = (store: Store, endpoint: string): RowList<WebhookMessage> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return store.webhookMessage.findMany({ ...order, where: { ...where, endpointId: endpoint } });
  },
  count: () => store.webhookMessage.count({ where: { endpointId: endpoint } }),
});

/** The oldest first. */
export const attemptsOfMessages = (tx: Tx, messages: readonly string[]) =>
  tx.webhookAttempt.findMany({
    where: { messageId: { in: [...messages] } },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  });
