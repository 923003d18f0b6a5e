/** Webhook endpoints: made with a secret that is shown once, changed, tried, deleted with their messages; and messages sent again. */

import { badInput, conflict, notFound } from '../../errors.ts';
import { newId } from '../../ids.ts';
import type { JobQueue } from '../../jobs/port.ts';
import { urlRefusalOf } from '../../net/destination.ts';
import type { KeyRing } from '../../secrets.ts';
import { recordChange } from '../../store/audit/audited.ts';
import type { Store } from '../../store/client.ts';
import {
  changeEndpoint,
  deleteEndpoint,
  insertEndpoint,
  lockEndpoint,
  type WebhookEvent,
} from '../../store/outbound/webhook-endpoints.ts';
import {
  dueMessages,
  insertMessages,
  isErasedMessage,
  lockMessage,
  makeMessageDue,
  messagesByIds,
} from '../../store/outbound/webhook-messages.ts';
import type { Clock } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import type { Endpoints } from '../port.ts';
import { deliverJob } from './deliver.ts';
import { newSigningSecret } from './signature.ts';

const MAX_URL_LENGTH = 2_000;

export interface EndpointsDeps {
  store: Store;
  jobs: JobQueue;
  keyRing: KeyRing;
  clock: Clock;
  /** ALLOW_PRIVATE_NETWORK: http and private addresses are allowed. */
  allowPrivate: boolean;
}

export function createEndpoints({ store, jobs, keyRing, clock, allowPrivate }: EndpointsDeps): Endpoints {
  function checkUrl(text: string) {
    const url = new URL(text);
    if (text.length > MAX_URL_LENGTH)
      throw badInput('url', `must not be longer than ${MAX_URL_LENGTH} characters`);
    const refusal = urlRefusalOf(url, allowPrivate);
    if (refusal) throw badInput('url', refusal);
    if (url.protocol !== 'https:' && !allowPrivate) throw badInput('url', 'must begin with https://');
    if (url.username || url.password) throw badInput('url', 'must not hold a user or password');
  }

  function checkEvents(events: readonly WebhookEvent[]) {
    if (events.length === 0) throw badInput('events', 'names no event');
    if (new Set(events).size < events.length) throw badInput('events', 'names an event twice');
    if (events.includes('TEST'))
      throw badInput('events', 'TEST is sent by testWebhookEndpoint, to any endpoint');
  }

  return {
    async create(organisation, { url, events }) {
      checkUrl(url);
      checkEvents(events);
      const [id, secret] = [newId('WebhookEndpoint'), newSigningSecret()];
      const endpoint = {
        id,
        organisationId: organisation,
        url,
        events: [...events],
        active: true,
        secret: keyRing.encrypt(secret, 'webhook_endpoint.secret', id),
        createdAt: new Date(clock.now()),
      };
      await store.$transaction((tx) => insertEndpoint(tx, endpoint));
      return { id, secret };
    },
    update: (organisation, id, { url, events, active }) =>
      store.$transaction(async (tx) => {
        if (url !== undefined) checkUrl(url);
        if (events !== undefined) checkEvents(events);
        const endpoint = await lockEndpoint(tx, organisation, id);
        if (!endpoint) throw notFound('webhook endpoint', id);
        // Of the address the log has the beginning alone.
        recordChange(tx);
        const changed = await changeEndpoint(tx, id, {
          ...(url === undefined ? {} : { url }),
          ...(events === undefined ? {} : { events: [...events] }),
          ...(active === undefined ? {} : { active }),
        });
        // What waited while it was paused.
        if (changed.active)
          await jobs.enqueue(tx, (await dueMessages(tx, clock.now(), 1, id)).map(deliverJob));
        return changed;
      }),
    test: (organisation, id) =>
      store.$transaction(async (tx) => {
        const endpoint = await lockEndpoint(tx, organisation, id);
        if (!endpoint) throw notFound('webhook endpoint', id);
        if (!endpoint.active) throw conflict('The endpoint is not active: nothing is sent there.');
        const now = clock.now();
        const payload = JSON.stringify({
          ...{ type: 'endpoint.test', timestamp: formatInstant(now) },
          data: { endpoint: { id, events: endpoint.events } },
        });
        const message = { organisation, event: 'TEST' as const, payload, booking: null };
        recordChange(tx);
        const ids = await insertMessages(tx, [id], message, now);
        await jobs.enqueue(tx, ids.map(deliverJob));
        const [made] = await messagesByIds(tx, organisation, ids);
        if (!made) throw notFound('webhook endpoint', id);
        return made;
      }),
    resend: (organisation, id) =>
      store.$transaction(async (tx) => {
        const message = await lockMessage(tx, organisation, id);
        if (!message) throw notFound('webhook message', id);
        if (isErasedMessage(message))
          throw conflict('The person whom the message was about was erased: there is nothing left to send.');
        recordChange(tx);
        const due = await makeMessageDue(tx, id, clock.now());
        await jobs.enqueue(tx, [{ ...deliverJob(id), runAt: clock.now(), replaceRunAt: true }]);
        return due;
      }),
    async delete(organisation, id) {
      const deleted = await store.$transaction((tx) => deleteEndpoint(tx, organisation, id));
      if (!deleted) throw notFound('webhook endpoint', id);
    },
  };
}
