/** Verified change notifications as they were received. */
import { newId } from '../../ids.ts';
import type { InboundNotification, ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import { type Delivery, Prisma, type Verdict } from '../generated/client.ts';
import { conditions, type Filter, ifAsked, type Listing, type RowList, rowList } from '../lists.ts';

export type { Delivery, Verdict };

/** Entry beside the received headers: the key that identifies repeated deliveries of one notification. */
const KEY = ':dedupe';
/** Entry beside the received headers: the decoded signal, which a replay needs. */
const SIGNAL = ':signal';

export type Signal = InboundNotification['signal'];

/** The headers of a notification as they are stored, with what was decoded of it. */
export const storedHeaders = (
  headers: Record<string, string>,
  { dedupeKey, signal }: { dedupeKey: string | null; signal: Signal },
): Record<string, string> => ({
  ...headers,
  ...(dedupeKey === null ? {} : { [KEY]: dedupeKey }),
  [SIGNAL]: signal,
});

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

export interface DeliveryFilter {
  calendar: string;
  verdict: Verdict;
  /** Those that came in [from, to). */
  from: Instant;
  to: Instant;
}

export const deliveryListing = (
  organisation: string,
  { calendar, verdict, from, to }: Filter<DeliveryFilter>,
): Listing => ({
  from: Prisma.sql`delivery d`,
  id: Prisma.sql`d.id`,
  where: conditions(
    Prisma.sql`d.organisation_id = ${organisation}`,
    ifAsked(calendar, (wanted) => Prisma.sql`d.calendar_id = ${wanted}`),
    ifAsked(verdict, (wanted) => Prisma.sql`d.verdict = ${wanted}::verdict`),
    ifAsked(from, (at) => Prisma.sql`d.received_at >= ${new Date(at)}`),
    ifAsked(to, (at) => Prisma.sql`d.received_at < ${new Date(at)}`),
  ),
});

export const listDeliveries = (
  store: Store,
  organisation: string,
  filter: Filter<DeliveryFilter> = {},
): RowList<Delivery> =>
  rowList(store, deliveryListing(organisation, filter), (ids) => deliveriesByIds(store, organisation, ids));

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
