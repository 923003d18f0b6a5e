/** Microsoft's watch channels: Graph's change-notification subscriptions. */

import type { Subscription } from '@microsoft/microsoft-graph-types';
import { type Instant, MINUTE } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { type OpenChannelRequest, ProviderError, type WatchPort } from '../port.ts';
import type { GraphClient } from './client.ts';
import { mailboxMatcher, subscriptionResource } from './mailbox.ts';
import { clientStateOf } from './notification.ts';
import { readAll } from './pages.ts';
import { receive } from './receive.ts';

/** Requested in this order: some minutes below today's longest lifetime, and below the former one. */
const LIFETIMES = [10_070 * MINUTE, 4_220 * MINUTE];

/**
 * @param eventGrid the partner topic that receives notifications in place of the webhook, as EventGrid:?…; null: none
 */
export function createWatch(client: GraphClient, eventGrid: string | null = null): WatchPort {
  /**
   * Requests the longest lifetime that Graph grants.
   * @param request sends the request with an expiry
   */
  async function withGrantedExpiry(
    now: Instant,
    request: (expirationDateTime: string) => Promise<Subscription>,
  ) {
    let refusal: unknown;
    for (const lifetime of LIFETIMES) {
      const expiresAt = now + lifetime;
      try {
        const subscription = await request(formatInstant(expiresAt));
        const grantedExpiry = Date.parse(subscription.expirationDateTime ?? '');
        return { subscription, expiresAt: Number.isNaN(grantedExpiry) ? expiresAt : grantedExpiry };
      } catch (error) {
        if (!isTooLong(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  async function create(request: OpenChannelRequest) {
    const { access, calendar, channelId, secret, address, now } = request;
    const resource = await subscriptionResource(access, calendar.externalId);
    return withGrantedExpiry(now, (expirationDateTime) =>
      client.send<Subscription>(access, 'post', '/subscriptions', {
        changeType: 'created,updated,deleted',
        notificationUrl: eventGrid ?? address,
        lifecycleNotificationUrl: eventGrid ?? `${address}/lifecycle`,
        resource,
        clientState: clientStateOf(channelId, secret),
        expirationDateTime,
        latestSupportedTlsVersion: 'v1_2',
      }),
    );
  }

  async function deleteSubscription(access: OpenChannelRequest['access'], id: string): Promise<void> {
    try {
      await client.remove(access, subscriptionPath(id));
    } catch (error) {
      if (!(error instanceof ProviderError) || (error.status !== 404 && error.status !== 410)) throw error;
    }
  }

  return {
    async open(request) {
      const { subscription, expiresAt } = await create(request).catch((error: unknown) => {
        throw toWatchError(error);
      });
      if (!subscription.id)
        throw new ProviderError('transient', 'Microsoft named no id of the new subscription.');
      return { remoteId: subscription.id, resourceId: null, expiresAt };
    },

    async renew({ access, channel, now }) {
      const { expiresAt } = await withGrantedExpiry(now, (expirationDateTime) =>
        client.send<Subscription>(access, 'patch', subscriptionPath(channel.remoteId), {
          expirationDateTime,
        }),
      );
      return { expiresAt };
    },

    close: ({ access, channel }) => deleteSubscription(access, channel.remoteId),

    async list({ access }) {
      const subscriptions = await readAll<Subscription>(client, access, '/subscriptions', {});
      // An application sees the subscriptions of all mailboxes.
      const isOwn = await mailboxMatcher(access);
      return subscriptions.flatMap(({ id, notificationUrl, resource }) =>
        id && isOwn(resource)
          ? [{ remoteId: id, address: notificationUrlIn(notificationUrl), calendar: calendarOf(resource) }]
          : [],
      );
    },

    addressOf: (webhook) => eventGrid ?? webhook,

    receive,
  };

  /** Graph may spell our topic's address differently. */
  function notificationUrlIn(notificationUrl: string | null | undefined): string | null {
    const topic = notificationUrl && partnerTopicOf(notificationUrl);
    return eventGrid && topic && topic === partnerTopicOf(eventGrid) ? eventGrid : (notificationUrl ?? null);
  }
}

/** Azure's names are case-insensitive. Null for an address of another kind. */
function partnerTopicOf(address: string): string | null {
  const query = new URLSearchParams(/^eventgrid:\?(.*)$/i.exec(address)?.[1]?.toLowerCase() ?? '');
  const parts = ['azuresubscriptionid', 'resourcegroup', 'partnertopic'].map((name) => query.get(name));
  return parts.every(Boolean) ? parts.join('/') : null;
}

/** Graph returns a resource as it was given, or spelled differently before the calendar. */
const calendarOf = (resource: string | null | undefined) =>
  /(?:^|\/)calendars\/([^/]+)\/events$/i.exec(resource ?? '')?.[1] ?? null;

const subscriptionPath = (id: string) => `/subscriptions/${encodeURIComponent(id)}`;

const isTooLong = (error: unknown) =>
  error instanceof ProviderError && error.status === 400 && /expir/i.test(error.message);

/** Graph documents no code for calendars without subscriptions, such as holidays: the message decides. */
const toWatchError = (error: unknown) =>
  error instanceof ProviderError && error.status === 400 && /not ?supported/i.test(error.message)
    ? new ProviderError('watch-not-supported', error.message, { status: error.status, cause: error })
    : error;
