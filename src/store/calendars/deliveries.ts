/** Verified change notifications as they were received. */

import { newId } from '../../ids.ts';
import type { InboundNotification, ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import type { Delivery, Verdict } from '../generated/client.ts';
import type { Page } from '../rows.ts';
import type { WatchChannel } from './watch-channels.ts';

export type { Delivery, Verdict };

/** Entry beside the received headers: the key that identifies repeated deliveries of one notification. */
const KEY = ':dedupe';
/** Entry beside the received headers: the decoded signal, which a replay needs. */
const SIGNAL = ':signal';

export type Signal = InboundNotification['signal'];

export interface NewDelivery {
  channel: Pick<WatchChannel, 'id' | 'organisationId' | 'provider' | 'calendarId'>;
  headers: Record<string, string>;
  body: string;
  dedupeKey: string | null;
  signal: Signal;
  verdict: Verdict;
}

export async function insertDeliveries(
  tx: Tx,
  deliveries: readonly NewDelivery[],
  now: Instant,
): Promise<void> {
  await tx.delivery.createMany({
    data: deliveries.map(({ channel, headers, body, dedupeKey, signal, verdict }) => ({
      id: newId('Delivery'),
      organisationId: channel.organisationId,
      provider: channel.provider,
      calendarId: channel.calendarId,
      channelId: channel.id,
      receivedAt: new Date(now),
      headers: { ...headers, ...(dedupeKey === null ? {} : { [KEY]: dedupeKey }), [SIGNAL]: signal },
      body: body.replaceAll('\0', ''),
      verdict,
    })),
  });
}

/** Which of these keys came through these channels since `since`; as `channel key`. */
export async function seenDedupeKeys(
  tx: Tx,
  channels: readonly WatchChannel[],
  keys: readonly string[],
  since: Instant,
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ channel: string; key: string }[]>`
    select channel_id as channel, headers->>${KEY} as key from delivery
    where calendar_id = any(${channels.map((channel) => channel.calendarId)})
      and channel_id = any(${channels.map((channel) => channel.id)})
      and received_at >= ${new Date(since)} and replay_of is null and headers->>${KEY} = any(${[...keys]})`;
  return new Set(rows.map(({ channel, key }) => `${channel} ${key}`));
}

/** Deletes up to `limit` deliveries. @returns how many. */
export const pruneDeliveries = (tx: Tx, receivedBefore: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from delivery where id in (
      select d.id from organisation o cross join lateral (
        select id from delivery
        where organisation_id = o.id and received_at < ${new Date(receivedBefore)}
        order by received_at limit ${limit}
      ) d
      limit ${limit}
    )`;

export const listDeliveries = (store: Store, organisation: string, page: Page) =>
  store.delivery.findMany({ ...page, where: { ...page.where, organisationId: organisation } });

export const deliveriesByIds = (store: Store, organisation: string, ids: readonly string[]) =>
  store.delivery.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

/** A delivery of any organisation, or of `organisation` alone. */
export const findDelivery = (store: Store, id: string, organisation?: string): Promise<Delivery | null> =>
  store.delivery.findFirst({
    where: { id, ...(organisation === undefined ? {} : { organisationId: organisation }) },
  });

/** The decoded signal of a stored notification. */
export function signalOf({ headers }: Delivery): Signal {
  const stored =
    headers !== null && typeof headers === 'object' && !Array.isArray(headers) && headers[SIGNAL];
  return SIGNALS.find((signal) => signal === stored) ?? 'changed';
}
const SIGNALS: readonly Signal[] = ['opened', 'changed', 'missed', 'reauthorize', 'removed'];

export interface DeliverySpan {
  /** Half-open: received at `from` or later, before `to`. */
  from: Instant;
  to: Instant;
  provider?: ProviderName;
  calendar?: string;
}

/** Ids of the deliveries that came from providers, in the order they were received; replays are left out. */
export async function deliveryIdsWithin(store: Store, span: DeliverySpan): Promise<string[]> {
  const { from, to, provider, calendar } = span;
  const rows = await store.delivery.findMany({
    where: {
      receivedAt: { gte: new Date(from), lt: new Date(to) },
      replayOf: null,
      ...(provider === undefined ? {} : { provider }),
      ...(calendar === undefined ? {} : { calendarId: calendar }),
    },
    orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** Inserts a copy of the delivery, received now. */
export const insertReplay = (
  tx: Tx,
  original: Delivery,
  { verdict, now }: { verdict: Verdict; now: Instant },
): Promise<Delivery> => {
  const { organisationId, provider, calendarId, channelId, headers, body } = original;
  return tx.delivery.create({
    data: {
      id: newId('Delivery'),
      organisationId,
      provider,
      calendarId,
      channelId,
      receivedAt: new Date(now),
      headers: headers ?? {},
      body,
      verdict,
      replayOf: original.id,
    },
  });
};

/** Did the provider report a change of this calendar at `since` or later? */
export const wasNotifiedSince = async (store: Store, calendar: string, since: Instant): Promise<boolean> =>
  (await store.delivery.findFirst({
    where: {
      calendarId: calendar,
      receivedAt: { gte: new Date(since) },
      verdict: 'ACCEPTED',
      replayOf: null,
    },
    select: { id: true },
  })) !== null;

/** Counts notifications per calendar after `since`, replays included and up to `most`, with the time of the last pull. */
export async function countNotifications(
  tx: Tx,
  calendars: readonly string[],
  since: Instant,
  most: number,
): Promise<{ calendar: string; notified: number; lastStartedAt: Instant | null }[]> {
  const rows = await tx.$queryRaw<{ calendar: string; notified: number; lastStartedAt: Date | null }[]>`
    select s.calendar_id as calendar, s.last_started_at as "lastStartedAt", (
      select count(*)::int from (
        select from delivery d
        where d.calendar_id = s.calendar_id and d.received_at > ${new Date(since)} and d.verdict = 'ACCEPTED'
        limit ${most}
      ) recent
    ) as notified
    from calendar_state s where s.calendar_id = any(${[...calendars]})`;
  return rows.map((row) => ({ ...row, lastStartedAt: row.lastStartedAt?.getTime() ?? null }));
}
