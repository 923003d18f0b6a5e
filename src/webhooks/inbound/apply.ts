/** What follows from accepted notifications: pulls and channel checks, for new deliveries and for replays. */

import type { JobQueue, JobRequest } from '../../jobs/port.ts';
import type { InboundNotification } from '../../providers/port.ts';
import { countNotifications } from '../../store/calendars/deliveries.ts';
import { markDirty } from '../../store/calendars/states.ts';
import { changeChannel } from '../../store/calendars/watch-channels.ts';
import type { Tx } from '../../store/client.ts';
import { NOTIFICATION_COUNT_MAX, NOTIFICATION_WINDOW, throttledPull } from '../../sync/pull/due-times.ts';
import type { Instant } from '../../time/clock.ts';

export interface AcceptedNotification {
  channel: { id: string; calendarId: string };
  signal: InboundNotification['signal'];
}

/** How often a calendar was notified of late, and when its last pull began. */
export interface NotificationCount {
  calendar: string;
  notified: number;
  lastStartedAt: Instant | null;
}

export interface FollowUps {
  /** Channels that the provider has removed, and those that it wants authorised anew. */
  removed: string[];
  reauthorise: string[];
  /** Calendars that may have changed. */
  dirty: string[];
  /** The jobs of the channels; those of the calendars are `pulls`. */
  checks: JobRequest[];
}

export function followUps(accepted: readonly AcceptedNotification[]): FollowUps {
  const removed = new Set<string>();
  const reauthorise = new Set<string>();
  const dirty = new Set<string>();
  const checks: JobRequest[] = [];
  for (const { channel, signal } of accepted) {
    const calendar = channel.calendarId;
    if (signal === 'reauthorize' || signal === 'removed') {
      (signal === 'removed' ? removed : reauthorise).add(channel.id);
      checks.push({ task: 'watch', payload: { calendar }, key: calendar });
    }
    if (signal !== 'reauthorize') dirty.add(calendar);
  }
  return { removed: [...removed], reauthorise: [...reauthorise], dirty: [...dirty], checks };
}

export const pullsOf = (counts: readonly NotificationCount[], now: Instant): JobRequest[] =>
  counts.map(({ calendar, notified, lastStartedAt }) =>
    throttledPull(calendar, now, notified, lastStartedAt),
  );

/** Runs in `tx`, so that the jobs exist exactly when the deliveries are stored. */
export async function applyNotifications(
  tx: Tx,
  jobs: JobQueue,
  accepted: readonly AcceptedNotification[],
  now: Instant,
): Promise<void> {
  const { removed, reauthorise, dirty, checks } = followUps(accepted);
  for (const id of reauthorise) await changeChannel(tx, id, { dueAt: now });
  for (const id of removed) await changeChannel(tx, id, { status: 'closed', dueAt: null });
  const counts = await countNotifications(tx, dirty, now - NOTIFICATION_WINDOW, NOTIFICATION_COUNT_MAX);
  await markDirty(tx, dirty, now);
  await jobs.enqueue(tx, [...checks, ...pullsOf(counts, now)]);
}
