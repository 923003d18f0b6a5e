/**
 * Microsoft's notifications: the validation handshake, and changes and lifecycle events of several channels in one
 * request.
 */
import { badInput } from '../../errors.ts';
import { METHOD_NOT_ALLOWED } from '../method-not-allowed.ts';
import type { InboundNotification, InboundRequest, ReceivedNotifications, WebhookReply } from '../port.ts';
import { receiveCloudEvents } from './event-grid.ts';
import { hash, isRecord, notificationOf } from './notification.ts';

const STORED_HEADERS = ['content-type', 'user-agent', 'client-request-id', 'request-id'];

export function receive(request: InboundRequest): ReceivedNotifications {
  const { method, path, query, body } = request;
  if (path === '/event-grid') return receiveCloudEvents(request);
  if (method !== 'POST') return METHOD_NOT_ALLOWED;
  const token = query.get('validationToken');
  if (token !== null)
    return { reply: validationReply(token), notifications: [], storedHeaders: STORED_HEADERS };
  const entries = entriesOf(body);
  const notifications = entries.flatMap((entry) => toNotification(entry) ?? []);
  return {
    reply: { status: 202, headers: {}, body: '' },
    notifications,
    unrecognised: entries.length - notifications.length,
    storedHeaders: STORED_HEADERS,
  };
}

/** Any caller chooses the token that is echoed from our origin: browsers must never take it for a page, as each answer's headers say. */
const validationReply = (token: string): WebhookReply => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: token,
});

function entriesOf(body: Buffer): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw badInput('body', 'is no JSON');
  }
  const entries = isRecord(parsed) ? parsed.value : undefined;
  if (!Array.isArray(entries)) throw badInput('body', 'has no array "value"');
  return entries;
}

function toNotification(entry: unknown): InboundNotification | null {
  const notification = notificationOf(entry);
  if (!notification || !isRecord(entry)) return null;
  const record = JSON.stringify({ ...entry, clientState: undefined });
  return { ...notification, dedupeKey: dedupeKeyOf(entry), record };
}

/** Without an id or a resource version, two different changes may look the same: they are not deduplicated. */
function dedupeKeyOf(entry: Record<string, unknown>): string | null {
  const { id, resourceData } = entry;
  if (!id && !(isRecord(resourceData) && resourceData['@odata.etag'])) return null;
  return hash(JSON.stringify(entry));
}
