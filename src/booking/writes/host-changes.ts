/** What a host did to a booking's event in their own calendar becomes of the booking. */
import { cacheKey } from '../../cache/port.ts';
import type { Log } from '../../log.ts';
import { type Booking, lockBooking } from '../../store/bookings/bookings.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import { type BookingWrite, changeWrite, lockWrite, type WriteChange } from '../../store/bookings/writes.ts';
import type { Tx } from '../../store/client.ts';
import type { Publisher } from '../../sync/publisher.ts';
import type { Instant } from '../../time/clock.ts';
import type { BookingChanges } from '../change.ts';
import { IDLE, type Task } from './claim.ts';

/**
 * Nothing, when the event stands where the booking is, or when the booking was changed meanwhile: that is newer.
 * @param standing where the event was found; null: it is gone
 * @returns whether there is more to do at once.
 */
export type Follow = (task: Task, standing: { start: Instant; end: Instant } | null) => Promise<boolean>;

export interface FollowDeps {
  publisher: Pick<Publisher, 'change'>;
  changes: BookingChanges;
  log: Log;
}

export function createFollow({ publisher, changes, log }: FollowDeps): Follow {
  /** What was done by the host needs no doing: only the other hosts' events follow. */
  async function settle(tx: Tx, { id }: Task, change: WriteChange): Promise<void> {
    const row = await lockWrite(tx, id);
    const revision = row?.revision ?? 0;
    const done = {
      doneRevision: revision,
      triedRevision: revision,
      status: 'WRITTEN' as const,
      failures: 0,
      error: null,
    };
    await changeWrite(tx, id, { ...IDLE, ...done, ...change });
  }

  return (task, standing) =>
    publisher.change(async (tx, now) => {
      const again = (result: boolean, keys: string[] = []) => ({ result, keys });
      await lockHosts(tx, task.booking.hosts);
      const booking = await lockBooking(tx, task.booking.id);
      const row = await lockWrite(tx, task.id);
      if (row?.leaseId !== task.lease) return again(false);
      if (!booking || !isCurrent(task, row, booking)) {
        await changeWrite(tx, task.id, { leaseId: null, leaseUntil: null, dueAt: new Date(now) });
        return again(true);
      }
      const said = { booking: booking.id, host: row.hostId, calendar: row.calendarId };
      const here = cacheKey.calendar(row.calendarId);
      if (!standing) {
        const keys = await changes.cancel(tx, booking, { reason: null, by: 'host' }, now);
        await settle(tx, task, {
          writtenAt: new Date(now),
          writtenStartsAt: null,
          writtenEndsAt: null,
          invited: false,
        });
        log.info(said, 'booking cancelled in its host’s calendar');
        return again(false, [...keys, here]);
      }
      const { start, end } = standing;
      if (isAt(booking, start, end) || end <= start) {
        await changeWrite(tx, task.id, { ...IDLE, failures: 0, error: null });
        return again(false);
      }
      const keys = await changes.move(tx, booking, { start, end, hosts: booking.hosts, byHost: true }, now);
      const place = { writtenStartsAt: new Date(start), writtenEndsAt: new Date(end) };
      await settle(tx, task, { ...place, writtenAt: new Date(now), checked: null });
      log.info(said, 'booking moved in its host’s calendar');
      return again(false, [...keys, here]);
    });
}

/** Neither its attendee nor another host changed anything since the provider was asked. */
const isCurrent = (task: Task, row: BookingWrite, booking: Booking) =>
  row.revision === task.revision &&
  row.wanted === 'present' &&
  booking.status === 'CONFIRMED' &&
  booking.hosts.every((host) => task.booking.hosts.includes(host));

const isAt = ({ startsAt, endsAt }: Booking, start: Instant, end: Instant) =>
  startsAt.getTime() === start && endsAt.getTime() === end;
