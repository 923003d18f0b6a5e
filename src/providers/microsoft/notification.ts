/** One change notification of Microsoft Graph, sent directly or by way of Event Grid. */
import { createHash } from 'node:crypto';
import type { InboundNotification } from '../port.ts';

/** Signals by the names of Graph's lifecycle events, without prefixes. */
const SIGNALS: ReadonlyMap<string, InboundNotification['signal']> = new Map([
  ['reauthorizationrequired', 'reauthorize'],
  ['removed', 'removed'],
  ['missed', 'missed'],
]);

/** Graph returns the client state in each notification, up to 128 characters: it holds channel id and secret. */
export const clientStateOf = (channelId: string, secret: string) => `${channelId}.${secret}`;

/** Accepts `subscriptionRemoved` and `Microsoft.Graph.SubscriptionRemoved`; null for an unknown event. */
export const lifecycleOf = (name: unknown): InboundNotification['signal'] | null =>
  SIGNALS.get(
    String(name)
      .toLowerCase()
      .replace(/^microsoft\.graph\./, '')
      .replace(/^subscription/, ''),
  ) ?? null;

/** Null for an entry that belongs to no subscription of ours; the request's other entries still count. */
export function notificationOf(entry: unknown): Omit<InboundNotification, 'dedupeKey' | 'record'> | null {
  if (!isRecord(entry)) return null;
  const { clientState, subscriptionId, lifecycleEvent } = entry;
  if (typeof clientState !== 'string' || typeof subscriptionId !== 'string' || !subscriptionId) return null;
  const [, channelId, secret] = /^([^.]+)\.([^.]+)$/.exec(clientState) ?? [];
  const signal = lifecycleEvent == null ? 'changed' : lifecycleOf(lifecycleEvent);
  if (!channelId || !secret || !signal) return null;
  return { channelId, secret, remoteId: subscriptionId, signal };
}

export const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
