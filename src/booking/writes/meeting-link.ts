/** Stores the link of a booking's online meeting once a provider has made it, or why there is none. */
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import type { Conference, Providers } from '../../providers/port.ts';
import { changeBooking, lockBooking } from '../../store/bookings/bookings.ts';
import { lockHosts } from '../../store/bookings/native-time.ts';
import { changeWrite, lockWrites } from '../../store/bookings/writes.ts';
import type { Publisher } from '../../sync/publisher.ts';
import type { BookingChanges } from '../change.ts';
import type { WriteTask } from './claim.ts';
import { CONFERENCE_PERIOD, conferenceMaker } from './conference.ts';
import { presentChange } from './plan.ts';

/**
 * Stores what a provider returned of the online meeting of an event that is to have one, under the write's lease. The booking
 * stands, whatever became of the meeting.
 * @param found absent: the event has none
 */
export type ApplyConference = (task: WriteTask, found: Conference | undefined) => Promise<void>;

export interface ApplyConferenceDeps {
  providers: Providers;
  publisher: Pick<Publisher, 'change'>;
  jobs: JobQueue;
  changes: Pick<BookingChanges, 'setLink'>;
  log: Log;
}

export function createApplyConference({
  providers,
  publisher,
  jobs,
  changes,
  log,
}: ApplyConferenceDeps): ApplyConference {
  return (task, found) =>
    publisher.change(async (tx, now) => {
      const finish = { result: undefined, keys: [] };
      await lockHosts(tx, task.booking.hosts);
      const booking = await lockBooking(tx, task.booking.id);
      const present = (await lockWrites(tx, task.booking.id)).filter(({ wanted }) => wanted === 'present');
      const row = present.find(({ id }) => id === task.id);
      if (row?.leaseId !== task.lease || booking?.status !== 'CONFIRMED') return finish;
      if (conferenceMaker(booking, present, providers)?.id !== row.id) return finish;

      if (found?.state === 'made') {
        if (row.conference === found.url && booking.place === found.url) return finish;
        await changeWrite(tx, row.id, { conference: found.url, conferenceUntil: null });
        await changes.setLink(tx, booking, found.url, now);
        // The provider shows the link in this event; those of the other hosts say it.
        const others = present.filter(({ id }) => id !== row.id);
        for (const other of others) await changeWrite(tx, other.id, presentChange(other, now));
        await jobs.enqueue(
          tx,
          others.map(({ id }) => ({ task: 'write', payload: { write: id }, key: id })),
        );
        return finish;
      }
      const until = row.conferenceUntil?.getTime() ?? now + CONFERENCE_PERIOD;
      if (found?.state === 'pending' && now < until) {
        await changeWrite(tx, row.id, { conferenceUntil: new Date(until) });
        return finish;
      }
      await changeWrite(tx, row.id, { conferenceUntil: null });
      const placeError = `no online meeting: ${reasonOf(found)}`.slice(0, 500);
      if (booking.placeError !== placeError) await changeBooking(tx, booking.id, { placeError }, now);
      const context = { booking: booking.id, host: row.hostId, calendar: row.calendarId };
      log.warn({ ...context, detail: placeError }, 'the online meeting of a booking could not be made');
      return finish;
    });
}

function reasonOf(found: Exclude<Conference, { state: 'made' }> | undefined): string {
  if (found?.state === 'failed') return found.reason;
  return found ? 'the provider did not make it within an hour' : 'the provider made none with the event';
}
