/** Takes a write to work on: decides what is to be done about its event, and sees to it that nobody else does it too. */

import { type OwnEvent, ProviderError, type Providers, type WritePort } from '../../providers/port.ts';
import { randomSecret } from '../../secrets.ts';
import { accountById } from '../../store/access/accounts.ts';
import { type Booking, bookingById } from '../../store/bookings/bookings.ts';
import { type BookingWrite, changeWrite, lockWrite, WRITTEN_UNTIL } from '../../store/bookings/writes.ts';
import type { Tx } from '../../store/client.ts';
import { type Instant, SECOND } from '../../time/clock.ts';
import { eventOf, inviterOf } from './event.ts';
import { errorText, retryAt } from './retry.ts';

/** So long a killed process keeps an event from others; two renewals may be late before a living one loses it. */
export const LEASE_TTL = 15 * SECOND;

export interface Task {
  /** `again`: the event may be there, as it was wanted before. */
  step: 'create' | 'create-again' | 'update' | 'delete' | 'look';
  id: string;
  lease: string;
  /** What is done, when it is done. */
  revision: number;
  booking: Booking;
  write: BookingWrite;
  calendar: { id: string; externalId: string; timeZone: string | null };
  port: WritePort;
  event: OwnEvent;
  /** Does `event` invite the attendee? */
  invites: boolean;
}

/** @returns null when nothing is to be done now, or somebody does it. */
export async function claim(tx: Tx, providers: Providers, id: string, now: Instant): Promise<Task | null> {
  const write = await lockWrite(tx, id);
  if (!write || !isDue(write, now)) return null;
  const booking = await bookingById(tx, write.bookingId);
  const pending = write.revision !== write.doneRevision;
  const over = !booking || booking.endsAt.getTime() + WRITTEN_UNTIL < now;
  if (over || !(pending || (write.wanted === 'present' && booking.status === 'CONFIRMED'))) {
    await changeWrite(tx, id, { ...IDLE, ...(over && pending ? { status: 'FAILED' } : {}) });
    return null;
  }
  const account = await accountById(tx, write.accountId);
  if (account?.status !== 'CONNECTED') {
    await changeWrite(tx, id, parked(write, 'auth-revoked: the account is not connected'));
    return null;
  }
  const calendar = await tx.calendar.findUnique({ where: { id: write.calendarId } });
  const port = [...providers.values()].find(({ name }) => name === write.provider)?.write;
  if (!calendar || !port) {
    const error = new ProviderError('rejected', 'this provider is not offered here any more');
    const dueAt = new Date(retryAt(now, 1, error));
    await changeWrite(tx, id, { ...IDLE, status: 'FAILED', error: errorText(error), dueAt });
    return null;
  }
  const lease = randomSecret();
  const leaseUntil = new Date(now + LEASE_TTL);
  await changeWrite(tx, id, { leaseId: lease, leaseUntil, triedRevision: write.revision });
  const rows = await tx.bookingWrite.findMany({ where: { bookingId: booking.id } });
  const invites = inviterOf(booking, rows) === write.hostId;
  const found = await tx.host.findMany({ where: { id: { in: booking.hosts } } });
  const hosts = booking.hosts.flatMap((host) => found.find((row) => row.id === host) ?? []);
  return {
    step: stepOf(write),
    ...{ id, lease, revision: write.revision, booking, write, calendar, port, invites },
    event: eventOf(booking, write, hosts, invites),
  };
}

function stepOf(write: BookingWrite): Task['step'] {
  const { wanted, revision, doneRevision, triedRevision, externalId, writtenStartsAt } = write;
  if (revision === doneRevision) return 'look';
  if (wanted === 'absent') return 'delete';
  if (externalId !== null && writtenStartsAt !== null) return 'update';
  return triedRevision === 0 || triedRevision === revision ? 'create' : 'create-again';
}

const isDue = ({ dueAt, leaseUntil }: BookingWrite, now: Instant) =>
  dueAt !== null && dueAt.getTime() <= now && (leaseUntil === null || leaseUntil.getTime() <= now);

/** Nobody is at it, and nothing is due. */
export const IDLE = { leaseId: null, leaseUntil: null, dueAt: null };

/** Until its account is connected again; an event that was to be looked at is looked at after the next pull. */
export const parked = ({ revision, doneRevision }: BookingWrite, error: string) =>
  revision === doneRevision
    ? { ...IDLE, checked: null }
    : { ...IDLE, status: 'FAILED' as const, failures: 0, error };
