/** What a booking wants of its hosts' calendars. */

import type { JobQueue } from '../../jobs/port.ts';
import type { Booking } from '../../store/bookings/bookings.ts';
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

/** In the transaction that made or changed the booking: leaves rows and jobs that bring its events about. */
export type PlanWrites = (tx: Tx, booking: Booking, now: Instant) => Promise<void>;

export function createPlanWrites({ jobs }: { jobs: JobQueue }): PlanWrites {
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
  };
}

/** One for each host who has any. What was written somewhere stays there, as long as it can be written there. */
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

const presentChange = ({ wanted, revision }: BookingWrite, now: Instant): WriteChange => ({
  ...DUE,
  wanted: 'present',
  revision: revision + 1,
  dueAt: new Date(now),
  // Nobody knows what is left of it.
  ...(wanted === 'absent' ? { writtenStartsAt: null, writtenEndsAt: null } : {}),
});

/** What no provider has heard of is gone already. */
const absentChange = ({ revision, triedRevision }: BookingWrite, now: Instant): WriteChange => ({
  ...DUE,
  wanted: 'absent',
  revision: revision + 1,
  ...(triedRevision > 0
    ? { dueAt: new Date(now) }
    : { status: 'WRITTEN', doneRevision: revision + 1, dueAt: null }),
});
