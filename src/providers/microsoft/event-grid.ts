/** Graph's notifications by way of Azure Event Grid: CloudEvents 1.0 over HTTP, alone, in batches or in headers. */
import { badInput } from '../../errors.ts';
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
/** A DNS expression; whatever else is there is no name of a sender. */
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
 * HTTP 1.1 Web Hooks for Event Delivery §4: who wants to send asks first. Saying yes costs nothing, since each event must
 * still prove itself. WebHook-Request-Callback is never called: it is an address that anybody may choose.
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

/** By the content type where it says which mode it is, else by what is there. */
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

/** Binary mode: all but the data stands in headers, percent-encoded (CloudEvents HTTP binding §3.1.3). */
const attributesOf = (headers: InboundRequest['headers']): CloudEvent =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('ce-'))
      .map(([name, value]) => [name.slice(3), decodeHeader(value)]),
  );

function decodeHeader(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Null for an event that can't be one of ours. */
function toNotification(event: unknown): InboundNotification | null {
  if (!isRecord(event) || !/^1\.\d+$/.test(String(event.specversion))) return null;
  const { data_base64: encoded, data: plain, ...attributes } = event;
  const entry = entryOf(plain ?? encoded, plain === undefined);
  if (!entry) return null;
  // The lifecycle event may stand in the data, or be told by the event's type alone.
  const lifecycle = lifecycleOf(attributes.type) ? attributes.type : undefined;
  const notification = notificationOf({ lifecycleEvent: lifecycle, ...entry });
  if (!notification) return null;
  const { id, source } = attributes;
  return {
    ...notification,
    // Outlook's samples show the subscription's id in base64: no telling whether that is the id that we were given.
    remoteId: isEncodedId(notification.remoteId) ? null : notification.remoteId,
    // CloudEvents §3.1: source and id together name an event, and the same again when it is sent again.
    dedupeKey: typeof id === 'string' && id ? hash(JSON.stringify([source ?? null, id])) : null,
    record: JSON.stringify({ ...attributes, data: { ...entry, clientState: undefined } }),
  };
}

/** Graph's entry; Outlook spells some of its names with a capital. */
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
