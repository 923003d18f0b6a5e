/** Google's watch channels: opened per calendar, never renewed, notified of each change without its content. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Clock, DAY, type Instant, SECOND } from '../../time/clock.ts';
import type { Faults } from '../faults.ts';
import type { Outbox } from '../outbox.ts';
import { isWebhookAddress } from '../webhook-address.ts';
import type { Person, World, WorldCalendar } from '../world.ts';
import { apiError, badRequest, resourceNotFound } from './errors.ts';

export interface GoogleChannel {
  id: string;
  resourceId: string;
  resourceUri: string;
  calendar: string;
  /** E-mail address of the person who opened the channel and alone may stop it. */
  person: string;
  address: string;
  token: string | undefined;
  expiresAt: Instant;
  /** The number of the last message. */
  number: number;
}

export const watchSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9\-_+/=]{1,64}$/),
  type: z.enum(['web_hook', 'webhook']),
  address: z.string(),
  token: z.string().max(256).optional(),
  expiration: z.union([z.string(), z.number()]).optional(),
  params: z.record(z.string(), z.string()).optional(),
});

/** A notification of a change, which has no body. */
export interface GoogleMessage {
  url: string;
  headers: Record<string, string>;
}

export interface GoogleChannels {
  /** @throws Refusal */
  watch(
    person: Person,
    calendar: WorldCalendar,
    uri: string,
    request: z.infer<typeof watchSchema>,
  ): Promise<GoogleChannel>;
  /** @throws Refusal */
  stop(person: Person, id: string, resourceId: string): void;
  /** The channels that have not expired. */
  list(): GoogleChannel[];
  /** The channel's next message, for a caller that sends it by itself; null when the channel is gone. */
  nextMessage(id: string): GoogleMessage | null;
  close(): void;
}

const DEFAULT_LIFETIME = 7 * DAY;
/** A longer request is shortened to it. */
const MAX_LIFETIME = 30 * DAY;
const RETRIED_STATUSES = new Set<number | null>([500, 502, 503, 504]);
const SUCCESS_STATUSES = new Set<number | null>([102, 200, 201, 202, 204]);

export function createGoogleChannels(deps: {
  clock: Clock;
  world: World;
  outbox: Outbox;
  faults: Faults;
}): GoogleChannels {
  const { clock, world, outbox, faults } = deps;
  const channels = new Map<string, GoogleChannel>();
  const usedIds = new Set<string>();

  function activeChannel(id: string): GoogleChannel | undefined {
    const channel = channels.get(id);
    if (channel && channel.expiresAt <= clock.now()) channels.delete(id);
    return channels.get(id);
  }

  function messageOf(channel: GoogleChannel, state: 'sync' | 'exists'): GoogleMessage {
    channel.number += 1;
    const headers: Record<string, string> = {
      'User-Agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
      'X-Goog-Channel-ID': channel.id,
      'X-Goog-Channel-Expiration': new Date(channel.expiresAt).toUTCString(),
      'X-Goog-Message-Number': String(channel.number),
      'X-Goog-Resource-ID': channel.resourceId,
      'X-Goog-Resource-State': state,
      'X-Goog-Resource-URI': channel.resourceUri,
      ...(channel.token === undefined ? {} : { 'X-Goog-Channel-Token': channel.token }),
    };
    return { url: channel.address, headers };
  }

  function notify(channel: GoogleChannel, state: 'sync' | 'exists'): Promise<void> {
    const { url, headers } = messageOf(channel, state);
    return outbox.send({
      provider: 'google',
      what: state,
      channels: [channel.id],
      url,
      headers,
      body: null,
      forged: (effect) => ({
        body: null,
        headers: {
          ...headers,
          ...(effect === 'wrong-token'
            ? { 'X-Goog-Channel-Token': 'not the token' }
            : { 'X-Goog-Channel-ID': 'no-such-channel' }),
        },
      }),
      done: (status) => SUCCESS_STATUSES.has(status),
      retry: (status) => RETRIED_STATUSES.has(status),
    });
  }

  const maxLifetime = () => (faults.lasting('channel-life')[0]?.seconds ?? MAX_LIFETIME / SECOND) * SECOND;

  const unsubscribe = world.onChange(({ calendar }) => {
    for (const id of channels.keys()) {
      const channel = activeChannel(id);
      if (channel?.calendar === calendar.id) void notify(channel, 'exists');
    }
  });

  return {
    async watch(person, calendar, uri, request) {
      if (!calendar.watchable) {
        throw apiError(
          400,
          'pushNotSupportedForRequestedResource',
          'Push notifications are not supported by this resource.',
        );
      }
      if (!isWebhookAddress(request.address)) {
        throw apiError(400, 'push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${request.address}`);
      }
      if (usedIds.has(request.id)) {
        throw apiError(400, 'channelIdNotUnique', `Channel id ${request.id} not unique`);
      }
      usedIds.add(request.id);
      const channel: GoogleChannel = {
        id: request.id,
        resourceId: createHash('sha256').update(uri).digest('base64url').slice(0, 27),
        resourceUri: uri,
        calendar: calendar.id,
        person: person.email,
        address: request.address,
        token: request.token,
        expiresAt: expiryOf(request, clock.now(), maxLifetime()),
        number: 0,
      };
      channels.set(channel.id, channel);
      const syncMessage = notify(channel, 'sync');
      if (faults.lasting('early-sync').length > 0) await syncMessage;
      return channel;
    },
    stop(person, id, resourceId) {
      const channel = activeChannel(id);
      if (!channel || channel.resourceId !== resourceId || channel.person !== person.email)
        throw resourceNotFound();
      channels.delete(id);
    },
    list: () => [...channels.keys()].flatMap((id) => activeChannel(id) ?? []),
    nextMessage(id) {
      const channel = activeChannel(id);
      return channel ? messageOf(channel, 'exists') : null;
    },
    close: unsubscribe,
  };
}

/** Whole seconds, as in the header. */
function expiryOf(
  { expiration, params }: z.infer<typeof watchSchema>,
  now: Instant,
  maxLifetime: number,
): Instant {
  const ttl = params?.ttl === undefined ? null : Number(params.ttl) * SECOND;
  const requested = expiration !== undefined ? Number(expiration) : now + (ttl ?? DEFAULT_LIFETIME);
  if (!Number.isFinite(requested) || requested <= now)
    throw badRequest('The expiration is not in the future.');
  return Math.floor(Math.min(requested, now + maxLifetime) / SECOND) * SECOND;
}
