/** Applies accepted notifications: enqueues pulls and channel checks, for new deliveries and for replays. */

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

/** Runs in `tx`, so that the jobs exist exactly when the deliveries are stored. */
export async function applyNotifications(
  tx: Tx,
  jobs: JobQueue,
  accepted: readonly AcceptedNotification[],
  now: Instant,
): Promise<void> {
  const requests: JobRequest[] = [];
  const dirty = new Set<string>();
  for (const { channel, signal } of accepted) {
    const calendar = channel.calendarId;
    if (signal === 'reauthorize' || signal === 'removed') {
      const removed = signal === 'removed';
      await changeChannel(tx, channel.id, removed ? { status: 'closed', dueAt: null } : { dueAt: now });
      requests.push({ task: 'watch', payload: { calendar }, key: calendar });
    }
    if (signal !== 'reauthorize') dirty.add(calendar);
  }
  for (const { calendar, notified, lastStartedAt } of await countNotifications(
    tx,
    [...dirty],
    now - NOTIFICATION_WINDOW,
    NOTIFICATION_COUNT_MAX,
  )) {
    requests.push(throttledPull(calendar, now, notified, lastStartedAt));
  }
  await markDirty(tx, [...dirty], now);
  await jobs.enqueue(tx, requests);
}
