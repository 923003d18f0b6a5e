/** Webhook endpoints: creating one returns its secret once; deleting one deletes its pending messages. */

import { badInput, notFound } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { urlRefusalOf } from '../../net/destination.ts';
import type { KeyRing } from '../../secrets.ts';
import type { Store } from '../../store/client.ts';
import { deleteEndpoint, insertEndpoint } from '../../store/outbound/webhook-endpoints.ts';
import type { Clock } from '../../time/clock.ts';
import type { Endpoints } from '../port.ts';
import { newSigningSecret } from './signature.ts';

const MAX_URL_LENGTH = 2_000;

export interface EndpointsDeps {
  store: Store;
  keyRing: KeyRing;
  clock: Clock;
  /** ALLOW_PRIVATE_NETWORK: http and private addresses are allowed. */
  allowPrivate: boolean;
}

export function createEndpoints({ store, keyRing, clock, allowPrivate }: EndpointsDeps): Endpoints {
  function checkUrl(text: string) {
    const url = new URL(text);
    if (text.length > MAX_URL_LENGTH)
      throw badInput('url', `must not be longer than ${MAX_URL_LENGTH} characters`);
    const refusal = urlRefusalOf(url, allowPrivate);
    if (refusal) throw badInput('url', refusal);
    if (url.protocol !== 'https:' && !allowPrivate) throw badInput('url', 'must begin with https://');
    if (url.username || url.password) throw badInput('url', 'must not hold a user or password');
  }

  return {
    async create(organisation, { url, events }) {
      checkUrl(url);
      if (events.length === 0) throw badInput('events', 'names no event');
      if (new Set(events).size < events.length) throw badInput('events', 'names an event twice');
      const [id, secret] = [newId('WebhookEndpoint'), newSigningSecret()];
      const endpoint = {
        id,
        organisationId: organisation,
        url,
        events: [...events],
        secret: keyRing.encrypt(secret, 'webhook_endpoint.secret', id),
        createdAt: new Date(clock.now()),
      };
      await store.$transaction((tx) => insertEndpoint(tx, endpoint));
      return { id, secret };
    },
    async delete(organisation, id) {
      const deleted = await store.$transaction((tx) => deleteEndpoint(tx, organisation, id));
      if (!deleted) throw notFound('webhook endpoint', id);
    },
  };
}
