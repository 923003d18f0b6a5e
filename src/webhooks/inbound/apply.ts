/** What an accepted notification makes due: the same when it came and when it is replayed. */

import type { JobQueue, JobRequest } from '../../jobs/port.ts';
import type { InboundNotification } from '../../providers/port.ts';
import { notifiedSince } from '../../store/calendars/deliveries.ts';
import { markDirty } from '../../store/calendars/states.ts';
import { changeChannel } from '../../store/calendars/watch-channels.ts';
import type { Tx } from '../../store/client.ts';
import { FLOOD, FLOOD_SPAN, notifiedPull } from '../../sync/pull/due-times.ts';
import type { Instant } from '../../time/clock.ts';

export interface Accepted {
  channel: { id: string; calendarId: string };
  signal: InboundNotification['signal'];
}

/** In `tx`: the work exists exactly when what asked for it is stored. */
export async function follow(
  tx: Tx,
  jobs: JobQueue,
  accepted: readonly Accepted[],
  now: Instant,
): Promise<void> {
  const work: JobRequest[] = [];
  const dirty = new Set<string>();
  for (const { channel, signal } of accepted) {
    const calendar = channel.calendarId;
    if (signal === 'reauthorize' || signal === 'removed') {
      const gone = signal === 'removed';
      await changeChannel(tx, channel.id, gone ? { status: 'closed', dueAt: null } : { dueAt: now });
      work.push({ task: 'watch', payload: { calendar }, key: calendar });
    }
    if (signal !== 'reauthorize') dirty.add(calendar);
  }
  for (const { calendar, notified, lastStartedAt } of await notifiedSince(
    tx,
    [...dirty],
    now - FLOOD_SPAN,
    FLOOD,
  )) {
    work.push(notifiedPull(calendar, now, notified, lastStartedAt));
  }
  await markDirty(tx, [...dirty], now);
  await jobs.enqueue(tx, work);
}
