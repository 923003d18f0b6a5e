/** Google's notifications: headers only, the body is empty. */
import { badInput } from '../../errors.ts';
import { METHOD_NOT_ALLOWED } from '../method-not-allowed.ts';
import type { InboundNotification, InboundRequest, ReceivedNotifications } from '../port.ts';

const STORED_HEADERS = [
  'x-goog-channel-id',
  'x-goog-channel-expiration',
  'x-goog-message-number',
  'x-goog-resource-id',
  'x-goog-resource-state',
  'x-goog-resource-uri',
  'user-agent',
];

/** Google sends no body; a proxy may add a little. Bytes. */
export const MAX_BODY = 4 * 1024;

export function receive({ method, headers }: InboundRequest): ReceivedNotifications {
  if (method !== 'POST') return METHOD_NOT_ALLOWED;
  const channelId = headers['x-goog-channel-id'];
  const state = headers['x-goog-resource-state'];
  const number = headers['x-goog-message-number'];
  if (!channelId) throw badInput('X-Goog-Channel-ID', 'is missing');
  if (!state) throw badInput('X-Goog-Resource-State', 'is missing');
  const notification: InboundNotification = {
    channelId,
    // Every channel has a token: a notification without one fails verification, as one with a wrong token does.
    secret: headers['x-goog-channel-token'] ?? '',
    remoteId: channelId,
    resourceId: headers['x-goog-resource-id'] ?? null,
    signal: state === 'sync' ? 'opened' : 'changed',
    dedupeKey: number ? `${channelId}:${number}` : null,
  };
  return {
    reply: { status: 200, headers: {}, body: '' },
    notifications: [notification],
    storedHeaders: STORED_HEADERS,
  };
}
