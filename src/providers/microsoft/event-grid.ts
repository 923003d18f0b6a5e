/**
 * Graph's notifications by way of Azure Event Grid: CloudEvents 1.0 over HTTP in structured, batched or binary mode.
 */
import { badInput } from '../../errors.ts';
import { decodePercent } from '../../percent.ts';
import { METHOD_NOT_ALLOWED } from '../method-not-allowed.ts';
import type { InboundNotification, InboundRequest, ReceivedNotifications, WebhookReply } from '../port.ts';
import { hash, isRecord, lifecycleOf, notificationOf } from './notification.ts';

const STORED_HEADERS = [
  'content-type',
  'user-agent',
  'webhook-request-origin',
  'aeg-event-type',
  'aeg-delivery-count',
  'aeg-subscription-name',
  'ce-specversion',
  'ce-type',
  'ce-source',
  'ce-id',
  'ce-time',
];
/** Form of a sender's DNS expression. */
const ORIGIN = /^[A-Za-z0-9.*_-]{1,253}$/;

type CloudEvent = Record<string, unknown>;

export function receiveCloudEvents(request: InboundRequest): ReceivedNotifications {
  const { method, headers } = request;
  if (method === 'OPTIONS')
    return { reply: validationReply(headers), notifications: [], storedHeaders: STORED_HEADERS };
  if (method !== 'POST') return METHOD_NOT_ALLOWED;
  const events = eventsOf(request);
  const notifications = events.flatMap((event) => toNotification(event) ?? []);
  return {
    reply: { status: 202, headers: {}, body: '' },
    notifications,
    unrecognised: events.length - notifications.length,
    storedHeaders: STORED_HEADERS,
  };
}

/**
 * The validation handshake (HTTP 1.1 Web Hooks for Event Delivery §4): a sender asks for permission first. Permission
 * costs nothing, since every event must prove itself. WebHook-Request-Callback is never called: any sender can choose
 * that address.
 */
function validationReply(headers: InboundRequest['headers']): WebhookReply {
  const origin = headers['webhook-request-origin'];
  if (!origin || !ORIGIN.test(origin)) throw badInput('WebHook-Request-Origin', 'names no sender');
  return {
    status: 200,
    headers: { allow: 'POST', 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' },
    body: '',
  };
}

/** The content type decides the mode; where it doesn't, the headers and the body do. */
function eventsOf({ headers, body }: InboundRequest): unknown[] {
  const type = (headers['content-type'] ?? '').toLowerCase();
  const content = parseBody(body.toString('utf8'));
  if (!type.startsWith('application/cloudevents') && headers['ce-specversion'] !== undefined) {
    return [{ ...attributesOf(headers), data: content }];
  }
  if (Array.isArray(content)) return content;
  if (!isRecord(content) || content.specversion === undefined) throw badInput('body', 'is no CloudEvent');
  return [content];
}

/** Binary mode: attributes are headers, percent-encoded (CloudEvents HTTP binding §3.1.3). */
const attributesOf = (headers: InboundRequest['headers']): CloudEvent =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('ce-'))
      .map(([name, value]) => [name.slice(3), decodePercent(value)]),
  );

/** Null for an event that belongs to no subscription of ours. */
function toNotification(event: unknown): InboundNotification | null {
  if (!isRecord(event) || !/^1\.\d+$/.test(String(event.specversion))) return null;
  const { data_base64: encoded, data: plain, ...attributes } = event;
  const entry = entryOf(plain ?? encoded, plain === undefined);
  if (!entry) return null;
  // The lifecycle event may be in the data, or only in the event's type.
  const lifecycle = lifecycleOf(attributes.type) ? attributes.type : undefined;
  const notification = notificationOf({ lifecycleEvent: lifecycle, ...entry });
  if (!notification) return null;
  const { id, source } = attributes;
  return {
    ...notification,
    // Outlook's samples hold the subscription's id in base64: such an id can't be compared with the one that Graph gave
    // us.
    remoteId: isEncodedId(notification.remoteId) ? null : notification.remoteId,
    // Source and id identify an event, and stay the same when it is sent again (CloudEvents §3.1).
    dedupeKey: typeof id === 'string' && id ? hash(JSON.stringify([source ?? null, id])) : null,
    record: JSON.stringify({ ...attributes, data: { ...entry, clientState: undefined } }),
  };
}

/** Graph's notification entry. Outlook capitalises some of its names. */
function entryOf(data: unknown, isEncoded: boolean): Record<string, unknown> | null {
  const value = typeof data === 'string' ? parseData(data, isEncoded) : data;
  if (!isRecord(value)) return null;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name.charAt(0).toLowerCase() + name.slice(1), each]),
  );
}

function parseData(text: string, isEncoded: boolean): unknown {
  try {
    return JSON.parse(isEncoded ? Buffer.from(text, 'base64').toString('utf8') : text);
  } catch {
    return null;
  }
}

const isEncodedId = (id: string | null) =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(Buffer.from(id ?? '', 'base64').toString('latin1'));

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput('body', 'is no JSON');
  }
}
