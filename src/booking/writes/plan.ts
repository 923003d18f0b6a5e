/** Plans which of the hosts' calendars get a booking's event, and which lose it. */

import { isConferencePlace } from '../../form/event-form.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Providers } from '../../providers/port.ts';
import { type Booking, changeBooking } from '../../store/bookings/bookings.ts';
import { bookingCalendars, writableCalendars } from '../../store/bookings/calendars.ts';
import {
  type BookingWrite,
  changeWrite,
  insertWrite,
  lockWrites,
  type WriteChange,
} from '../../store/bookings/writes.ts';
import type { Tx } from '../../store/client.ts';
import type { Instant } from '../../time/clock.ts';
import { conferenceMaker } from './conference.ts';

/**
 * Inserts the rows and jobs that write the booking's events, in the transaction that made or changed the booking.
 * @returns the booking as it is then: without the link of an online meeting that ends, because another host's event is to have one
 */
export type PlanWrites = (tx: Tx, booking: Booking, now: Instant) => Promise<Booking>;

export interface PlanWritesDeps {
  jobs: JobQueue;
  providers: Providers;
}

export function createPlanWrites({ jobs, providers }: PlanWritesDeps): PlanWrites {
  return async (tx, booking, now) => {
    const rows = await lockWrites(tx, booking.id);
    const calendars = booking.status === 'CONFIRMED' ? await targetCalendars(tx, booking.hosts, rows) : [];
    const due: string[] = [];
    for (const calendar of calendars) {
      const row = rows.find(({ calendarId }) => calendarId === calendar.id);
      if (row) await changeWrite(tx, row.id, presentChange(row, now));
      due.push(row?.id ?? (await insertWrite(tx, booking, calendar, now)).id);
    }
    const targeted = new Set(calendars.map(({ id }) => id));
    for (const row of rows) {
      if (targeted.has(row.calendarId) || row.wanted === 'absent') continue;
      await changeWrite(tx, row.id, absentChange(row, now));
      if (row.triedRevision > 0) due.push(row.id);
    }
    await jobs.enqueue(
      tx,
      due.map((write) => ({ task: 'write', payload: { write }, key: write })),
    );
    if (booking.status !== 'CONFIRMED' || !isConferencePlace(booking.placeKind)) return booking;
    const events = calendars.map(({ id, hostId, provider }) => ({
      ...{ hostId, provider },
      conference: rows.find(({ calendarId }) => calendarId === id)?.conference ?? null,
    }));
    const maker = conferenceMaker(booking, events, providers);
    const place = maker?.conference ?? null;
    const placeError = maker
      ? null
      : 'no online meeting: no booking calendar of its hosts makes such meetings';
    if (place === booking.place && placeError === booking.placeError) return booking;
    return changeBooking(tx, booking.id, { place, placeError }, now);
  };
}

/** One calendar for each host who has one. An event stays in its calendar as long as that calendar can be written. */
async function targetCalendars(tx: Tx, hosts: readonly string[], rows: readonly BookingWrite[]) {
  const present = rows.filter(({ wanted, hostId }) => wanted === 'present' && hosts.includes(hostId));
  const staying = await writableCalendars(
    tx,
    present.map(({ calendarId }) => calendarId),
  );
  const others = hosts.filter((host) => !staying.some(({ hostId }) => hostId === host));
  const chosen = await bookingCalendars(tx, others);
  return [...staying, ...[...chosen.values()].flatMap((calendar) => calendar ?? [])];
}

const DUE = { status: 'PENDING', failures: 0, error: null, checked: null } as const;

export const presentChange = ({ wanted, revision }: BookingWrite, now: Instant): WriteChange => ({
  ...DUE,
  wanted: 'present',
  revision: revision + 1,
  dueAt: new Date(now),
  // The event may or may not have been deleted, so its last written time no longer counts.
  ...(wanted === 'absent'
    ? { writtenStartsAt: null, writtenEndsAt: null, conference: null, conferenceUntil: null }
    : {}),
});

/** An event that was never sent to a provider needs no deletion. */
const absentChange = ({ revision, triedRevision }: BookingWrite, now: Instant): WriteChange => ({
  ...DUE,
  wanted: 'absent',
  revision: revision + 1,
  conference: null,
  conferenceUntil: null,
  ...(triedRevision > 0
    ? { dueAt: new Date(now) }
    : { status: 'WRITTEN', doneRevision: revision + 1, dueAt: null }),
});
