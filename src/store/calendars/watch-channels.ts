/** Watch channels as rows, from before they are opened until after they are closed. */

import { newId } from '../../ids.ts';
import type { OpenedChannel } from '../../providers/port.ts';
import { DAY, type Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import type { AccountStatus, Calendar, ChannelStatus, WatchChannel } from '../generated/client.ts';

/**
 * A channel's status: opening → open → closing → closed; failed when the provider refused to open it; lost when the process
 * that opened it died before the provider's answer was stored. The first notification of a lost channel, or the provider's
 * list, gives the ids by which it can be closed.
 */
export type { ChannelStatus, WatchChannel };

/** Statuses in which a channel needs no more work. */
const ENDED_STATUSES: ChannelStatus[] = ['closed', 'lost'];

/** Locks the calendar: one process at a time decides about its channels. @returns live channels, oldest first. */
export async function lockChannels(
  tx: Tx,
  calendarId: string,
): Promise<{ calendar: Calendar; accountStatus: AccountStatus; channels: WatchChannel[] } | null> {
  await tx.$queryRaw`select 1 from calendar where id = ${calendarId} for no key update`;
  const calendar = await tx.calendar.findUnique({ where: { id: calendarId } });
  if (!calendar) return null;
  const account = await tx.account.findUnique({
    where: { id: calendar.accountId },
    select: { status: true },
  });
  const channels = await tx.watchChannel.findMany({
    where: { calendarId, status: { notIn: ENDED_STATUSES } },
    orderBy: { createdAt: 'asc' },
  });
  return { calendar, accountStatus: account?.status ?? 'DISCONNECTED', channels };
}

/** Inserts the row of a channel that is about to be opened, in the place of the failed ones. */
export async function insertOpeningChannel(
  tx: Tx,
  calendar: Calendar,
  { secretHash, now, dueAt }: { secretHash: string; now: Instant; dueAt: Instant },
): Promise<WatchChannel> {
  const { organisationId, id: calendarId, accountId, provider } = calendar;
  await tx.watchChannel.updateMany({
    where: { calendarId, status: 'failed', remoteId: { not: null } },
    data: { status: 'closing', dueAt: new Date(now) },
  });
  await tx.watchChannel.deleteMany({ where: { calendarId, status: 'failed' } });
  return tx.watchChannel.create({
    data: {
      id: newId('WatchChannel'),
      organisationId,
      calendarId,
      accountId,
      provider,
      secretHash,
      status: 'opening',
      dueAt: new Date(dueAt),
      createdAt: new Date(now),
    },
  });
}

/**
 * Records that the provider opened the channel. A channel that was given up meanwhile must be closed at the provider.
 * @returns whether the channel is open.
 */
export async function recordOpened(
  tx: Tx,
  id: string,
  { remoteId, resourceId, expiresAt }: OpenedChannel,
  { now, dueAt }: { now: Instant; dueAt: Instant | null },
): Promise<boolean> {
  const remote = { remoteId, resourceId, openedAt: new Date(now), expiresAt: dateOf(expiresAt), error: null };
  const opened = await tx.watchChannel.updateMany({
    where: { id, status: 'opening' },
    data: { ...remote, status: 'open', dueAt: dateOf(dueAt) },
  });
  if (opened.count > 0) return true;
  await tx.watchChannel.updateMany({
    where: { id },
    data: { ...remote, status: 'closing', dueAt: new Date(now) },
  });
  return false;
}

export interface ChannelChange {
  status?: ChannelStatus;
  error?: string | null;
  expiresAt?: Instant | null;
  dueAt?: Instant | null;
}

export async function changeChannel(tx: Tx, id: string, change: ChannelChange): Promise<void> {
  const { dueAt, expiresAt, ...rest } = change;
  await tx.watchChannel.updateMany({
    where: { id },
    data: {
      ...rest,
      ...(dueAt === undefined ? {} : { dueAt: dateOf(dueAt) }),
      ...(expiresAt === undefined ? {} : { expiresAt: dateOf(expiresAt) }),
    },
  });
}

export const markClosed = (tx: Tx, id: string): Promise<void> =>
  changeChannel(tx, id, { status: 'closed', dueAt: null });

/** Marks a channel whose opener died; its row waits for a notification or the provider's list. */
export const markLost = (tx: Tx, id: string): Promise<void> =>
  changeChannel(tx, id, { status: 'lost', dueAt: null });

/** Stores a channel's provider ids from a notification that came before the opener's answer; a lost channel is closed then. */
export async function recordRemoteIds(
  tx: Tx,
  id: string,
  { remoteId, resourceId }: { remoteId: string; resourceId: string | null },
  now: Instant,
): Promise<void> {
  await tx.$executeRaw`
    update watch_channel set remote_id = ${remoteId}, resource_id = ${resourceId},
      due_at = case when status = 'lost' then ${new Date(now)}::timestamptz else due_at end,
      status = case when status = 'lost' then 'closing' else status end
    where id = ${id} and remote_id is null and status in ('opening', 'failed', 'lost')`;
}

/** Postpones the open channels to the retry of the replacement that failed. */
export const postponeReplacement = (tx: Tx, calendarId: string, dueAt: Instant) =>
  tx.watchChannel.updateMany({
    where: { calendarId, status: 'open', dueAt: { lt: new Date(dueAt) } },
    data: { dueAt: new Date(dueAt) },
  });

/** Records that the provider offers no watch channel for the calendar. */
export async function markUnwatchable(tx: Tx, calendarId: string, channel: string): Promise<void> {
  await tx.calendar.update({ where: { id: calendarId }, data: { watchable: false } });
  await tx.watchChannel.deleteMany({ where: { id: channel } });
}

/** Calendars with a due channel. The caller sets the channel's next due time. */
export async function calendarsWithDueChannels(tx: Tx, now: Instant, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select calendar_id as id from watch_channel
    where due_at <= ${new Date(now)} and status not in ('closed', 'lost') order by due_at limit ${limit}`;
  return [...new Set(rows.map((row) => row.id))];
}

/** Calendars that should be watched and have no live channel, and calendars that should not be watched and have one. */
export async function calendarsWithChannelDrift(
  tx: Tx,
  watching: readonly string[],
  limit: number,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select c.id from calendar c join account a on a.id = c.account_id
    where (
      c.selected and c.watch_wanted and c.watchable and not c.removed and a.status = 'CONNECTED'
      and c.provider = any(${[...watching]})
    ) is distinct from exists (
      select 1 from watch_channel w where w.calendar_id = c.id and w.status not in ('closed', 'lost')
    )
    limit ${limit}`;
  return rows.map((row) => row.id);
}

/** Is a process closing one of the calendar's channels right now? */
export const hasClosingChannel = async (tx: Tx, calendarId: string, now: Instant): Promise<boolean> =>
  (await tx.watchChannel.count({
    where: { calendarId, status: 'closing', error: null, dueAt: { gt: new Date(now) } },
  })) > 0;

/** Was a channel of the calendar open by `since`, and is that channel still open? */
export const wasWatchedSince = async (
  tx: Tx,
  calendarId: string,
  since: Instant,
  now: Instant,
): Promise<boolean> =>
  (await tx.watchChannel.count({
    where: {
      calendarId,
      status: 'open',
      openedAt: { lte: new Date(since) },
      OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now) } }],
    },
  })) > 0;

/** Locks a channel that is not closed and whose calendar is selected. @returns null when either is no longer so. */
export async function lockActiveChannel(
  tx: Tx,
  id: string,
): Promise<{ id: string; calendarId: string } | null> {
  const [channel] = await tx.$queryRaw<{ id: string; calendarId: string }[]>`
    select w.id, w.calendar_id as "calendarId" from watch_channel w join calendar c on c.id = w.calendar_id
    where w.id = ${id} and w.status <> 'closed' and c.selected and not c.removed
    for update of w`;
  return channel ?? null;
}

/** Longest lifetime of a channel without renewal, in milliseconds. */
const LIFETIME_MAX = 31 * DAY;

/** Deletes up to `limit` channels that closed before the retention period or were lost and expired. @returns how many. */
export const pruneChannels = (tx: Tx, closedBefore: Instant, now: Instant, limit: number): Promise<number> =>
  tx.$executeRaw`
    delete from watch_channel where id in (
      select id from watch_channel
      where status = 'closed' and created_at < ${new Date(closedBefore)}
          and (expires_at is null or expires_at < ${new Date(closedBefore)})
        or status = 'lost' and created_at < ${new Date(now - LIFETIME_MAX)}
      limit ${limit}
    )`;

const dateOf = (instant: Instant | null) => (instant === null ? null : new Date(instant));
