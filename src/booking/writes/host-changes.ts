/** Applies to a booking what its host did to the event in their own calendar: the booking moves or is cancelled. */
import { cacheKey } from '../../cache/keys.ts';
import type { Log } from '../../log.ts';
import { type Booking, lockBooking } from '../../store/bookings/bookings.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import { type BookingWrite, changeWrite, lockWrite, type WriteChange } from '../../store/bookings/writes.ts';
import type { Tx } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import type { Instant } from '../../time/clock.ts';
import type { BookingChanges } from '../change.ts';
import { RELEASED, type WriteTask } from './claim.ts';
import { conferenceDueAt } from './conference.ts';

/**
 * Changes nothing when the event is at the booking's time, or when the booking was changed meanwhile: that change is newer.
 * @param found the event's time at the provider; null when the event is gone
 * @returns whether the write has more to do at once
 */
export type ApplyHostChange = (
  task: WriteTask,
  found: { start: Instant; end: Instant } | null,
) => Promise<boolean>;

export interface ApplyHostChangeDeps {
  publisher: Pick<Publisher, 'change'>;
  changes: BookingChanges;
  log: Log;
}

export function createApplyHostChange({ publisher, changes, log }: ApplyHostChangeDeps): ApplyHostChange {
  /** Marks the write done: the host's event already is as the host wants it, and only the other hosts' events follow. */
  async function markDone(tx: Tx, { id }: WriteTask, change: WriteChange, now: Instant): Promise<void> {
    const row = await lockWrite(tx, id);
    const revision = row?.revision ?? 0;
    const done = {
      doneRevision: revision,
      triedRevision: revision,
      status: 'WRITTEN' as const,
      failures: 0,
      error: null,
    };
    const dueAt = row && conferenceDueAt(row, now);
    await changeWrite(tx, id, { ...RELEASED, dueAt, ...done, ...change });
  }

  return (task, found) =>
    publisher.change(async (tx, now) => {
      const finish = (result: boolean, keys: string[] = []) => ({ result, keys });
      await lockHosts(tx, task.booking.hosts);
      const booking = await lockBooking(tx, task.booking.id);
      const row = await lockWrite(tx, task.id);
      if (row?.leaseId !== task.lease) return finish(false);
      if (!booking || !isCurrent(task, row, booking)) {
        await changeWrite(tx, task.id, { leaseId: null, leaseUntil: null, dueAt: new Date(now) });
        return finish(true);
      }
      const context = { booking: booking.id, host: row.hostId, calendar: row.calendarId };
      const calendarKey = cacheKey.calendar(row.calendarId);
      if (!found) {
        const keys = await changes.cancel(tx, booking, { reason: null, by: 'host' }, now);
        const ended = { writtenStartsAt: null, writtenEndsAt: null, invited: false };
        await markDone(tx, task, { ...ended, writtenAt: new Date(now) }, now);
        log.info(context, 'booking cancelled: its host deleted the event');
        return finish(false, [...keys, calendarKey]);
      }
      const { start, end } = found;
      if (isAt(booking, start, end) || end <= start) {
        const dueAt = conferenceDueAt(row, now);
        await changeWrite(tx, task.id, { ...RELEASED, dueAt, failures: 0, error: null });
        return finish(false);
      }
      const keys = await changes.move(tx, booking, { start, end, hosts: booking.hosts, by: 'host' }, now);
      const bounds = { writtenStartsAt: new Date(start), writtenEndsAt: new Date(end) };
      await markDone(tx, task, { ...bounds, writtenAt: new Date(now), checked: null }, now);
      log.info(context, 'booking moved: its host moved the event');
      return finish(false, [...keys, calendarKey]);
    });
}

/** True when neither the attendee nor another host changed the booking since the provider was asked. */
const isCurrent = (task: WriteTask, row: BookingWrite, booking: Booking) =>
  row.revision === task.revision &&
  row.wanted === 'present' &&
  booking.status === 'CONFIRMED' &&
  booking.hosts.every((host) => task.booking.hosts.includes(host));

const isAt = ({ startsAt, endsAt }: Booking, start: Instant, end: Instant) =>
  startsAt.getTime() === start && endsAt.getTime() === end;
