/** Google's watch channels (events.watch, channels.stop). A channel can't be renewed, only replaced. */
import { ProviderError, type WatchPort } from '../port.ts';
import type { GoogleClient } from './client.ts';
import { MAX_BODY, receive } from './receive.ts';

/** Requested lifetime in seconds; the expiry that Google returns counts. */
const TTL_SECONDS = '604800';

export function createWatch(client: GoogleClient): WatchPort {
  return {
    async open({ access, calendar, channelId, secret, address }) {
      const channel = await client.request(access, (api, options) =>
        api.events.watch(
          {
            calendarId: calendar.externalId,
            requestBody: {
              id: channelId,
              type: 'web_hook',
              address,
              token: secret,
              params: { ttl: TTL_SECONDS },
            },
          },
          options,
        ),
      );
      const expiresAt = Number(channel.expiration ?? Number.NaN);
      return {
        remoteId: channel.id ?? channelId,
        resourceId: channel.resourceId ?? null,
        expiresAt: Number.isFinite(expiresAt) ? expiresAt : null,
      };
    },

    async close({ access, channel }) {
      // Google needs both ids to stop a channel; without the resource id the channel ends when it expires.
      if (channel.resourceId === null) return;
      const requestBody = { id: channel.remoteId, resourceId: channel.resourceId };
      try {
        await client.requestNoContent(access, (api, options) => api.channels.stop({ requestBody }, options));
      } catch (error) {
        if (!(error instanceof ProviderError) || (error.status !== 404 && error.status !== 410)) throw error;
      }
    },

    receive,
    maxBody: MAX_BODY,
    checkHeaders: (request) => void receive({ ...request, body: Buffer.alloc(0) }),
  };
}
