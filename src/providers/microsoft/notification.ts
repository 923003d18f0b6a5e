/** One change notification of Microsoft Graph, whichever way it came. */
import { createHash } from 'node:crypto';
import type { InboundNotification } from '../port.ts';

/** Graph's lifecycle events, by their names without the words around them. */
const SIGNALS: ReadonlyMap<string, InboundNotification['signal']> = new Map([
  ['reauthorizationrequired', 'reauthorize'],
  ['removed', 'removed'],
  ['missed', 'missed'],
]);

/** Brings both back in each notification; Graph echoes up to 128 characters. */
export const clientStateOf = (channelId: string, secret: string) => `${channelId}.${secret}`;

/** From `subscriptionRemoved` as from `Microsoft.Graph.SubscriptionRemoved`; null for an event that isn't known. */
export const lifecycleOf = (name: unknown): InboundNotification['signal'] | null =>
  SIGNALS.get(
    String(name)
      .toLowerCase()
      .replace(/^microsoft\.graph\./, '')
      .replace(/^subscription/, ''),
  ) ?? null;

/** Null for an entry that can't be one of ours: the others in the request still count. */
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
