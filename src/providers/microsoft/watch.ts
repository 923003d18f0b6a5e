/** Microsoft's watch channels: Graph's change-notification subscriptions. */

import type { Subscription } from '@microsoft/microsoft-graph-types';
import { type Instant, MINUTE } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { type OpenChannelRequest, ProviderError, type WatchPort } from '../port.ts';
import type { GraphClient } from './client.ts';
import { isOfMailbox, resourceOf } from './mailbox.ts';
import { clientStateOf } from './notification.ts';
import { readAll } from './pages.ts';
import { receive } from './receive.ts';

/** Asked for in this order, some minutes below the longest that is granted now and that was granted formerly. */
const LIVES = [10_070 * MINUTE, 4_220 * MINUTE];

/** @param eventGrid The partner topic that takes the webhook's place, as EventGrid:?…; null: there is none. */
export function createWatch(client: GraphClient, eventGrid: string | null = null): WatchPort {
  /** @param asked A subscription's rest, given the expiry to ask for. */
  async function granted(now: Instant, ask: (expirationDateTime: string) => Promise<Subscription>) {
    let refusal: unknown;
    for (const life of LIVES) {
      const expiresAt = now + life;
      try {
        const subscription = await ask(formatInstant(expiresAt));
        const told = Date.parse(subscription.expirationDateTime ?? '');
        return { subscription, expiresAt: Number.isNaN(told) ? expiresAt : told };
      } catch (error) {
        if (!isTooLong(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  async function create(request: OpenChannelRequest) {
    const { access, calendar, channelId, secret, address, now } = request;
    const resource = await resourceOf(access, calendar.externalId);
    return granted(now, (expirationDateTime) =>
      client.write<Subscription>(access, 'post', '/subscriptions', {
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

  async function remove(access: OpenChannelRequest['access'], id: string): Promise<void> {
    try {
      await client.remove(access, subscriptionPath(id));
    } catch (error) {
      if (!(error instanceof ProviderError) || (error.status !== 404 && error.status !== 410)) throw error;
    }
  }

  return {
    async open(request) {
      const { subscription, expiresAt } = await create(request).catch((error: unknown) => {
        throw asWatchFailure(error);
      });
      if (!subscription.id)
        throw new ProviderError('transient', 'Microsoft named no id of the new subscription.');
      return { remoteId: subscription.id, resourceId: null, expiresAt };
    },

    async renew({ access, channel, now }) {
      const { expiresAt } = await granted(now, (expirationDateTime) =>
        client.write<Subscription>(access, 'patch', subscriptionPath(channel.remoteId), {
          expirationDateTime,
        }),
      );
      return { expiresAt };
    },

    close: ({ access, channel }) => remove(access, channel.remoteId),

    async list({ access }) {
      const known = await readAll<Subscription>(client, access, '/subscriptions', {});
      // An application is told of the subscriptions of every mailbox.
      const own = await isOfMailbox(access);
      return known.flatMap(({ id, notificationUrl, resource }) =>
        id && own(resource)
          ? [{ remoteId: id, address: addressIn(notificationUrl), calendar: calendarOf(resource) }]
          : [],
      );
    },

    addressOf: (webhook) => eventGrid ?? webhook,

    receive,
  };

  /** However Graph spells our topic's address. */
  function addressIn(notificationUrl: string | null | undefined): string | null {
    const topic = notificationUrl && topicOf(notificationUrl);
    return eventGrid && topic && topic === topicOf(eventGrid) ? eventGrid : (notificationUrl ?? null);
  }
}

/** Azure's names know no case. Null for an address of another kind. */
function topicOf(address: string): string | null {
  const query = new URLSearchParams(/^eventgrid:\?(.*)$/i.exec(address)?.[1]?.toLowerCase() ?? '');
  const parts = ['azuresubscriptionid', 'resourcegroup', 'partnertopic'].map((name) => query.get(name));
  return parts.every(Boolean) ? parts.join('/') : null;
}

/** Graph tells a resource as it was given, or with another spelling before the calendar. */
const calendarOf = (resource: string | null | undefined) =>
  /(?:^|\/)calendars\/([^/]+)\/events$/i.exec(resource ?? '')?.[1] ?? null;

const subscriptionPath = (id: string) => `/subscriptions/${encodeURIComponent(id)}`;

const isTooLong = (error: unknown) =>
  error instanceof ProviderError && error.status === 400 && /expir/i.test(error.message);

/** No code is documented for a calendar that can't be subscribed to, such as holidays: the words decide. */
const asWatchFailure = (error: unknown) =>
  error instanceof ProviderError && error.status === 400 && /not ?supported/i.test(error.message)
    ? new ProviderError('watch-not-supported', error.message, { status: error.status, cause: error })
    : error;
