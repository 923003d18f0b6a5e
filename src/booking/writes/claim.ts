/** Claims a write: decides the next step for its event, and takes a lease so that no other process does the same step. */

import { isConferencePlace } from '../../form/event-form.ts';
import { type OwnEvent, ProviderError, type Providers, type WritePort } from '../../providers/port.ts';
import { randomSecret } from '../../secrets.ts';
import { accountById } from '../../store/access/accounts.ts';
import { type Booking, bookingById } from '../../store/bookings/bookings.ts';
import { type BookingWrite, changeWrite, lockWrite, WRITE_PERIOD } from '../../store/bookings/writes.ts';
import type { Tx } from '../../store/client.ts';
import type { Host } from '../../store/rules/hosts.ts';
import { type Instant, SECOND } from '../../time/clock.ts';
import { locationOfBooking, wordsOfVisitor } from '../details.ts';
import { type ManageUrl, manageLine } from '../manage-url.ts';
import { conferenceMaker } from './conference.ts';
import { retriedByPullFrom, writeErrorText, writeRetryAt } from './retry.ts';

/** Milliseconds that a killed process keeps a write from others. A living process may miss two renewals of its lease. */
export const WRITE_LEASE_TTL = 15 * SECOND;

export interface WriteTask {
  /**
   * `create-again`: an earlier revision of the event may exist already.
   * `reconcile`: the event is written, and its host may have moved or deleted it.
   */
  step: 'create' | 'create-again' | 'update' | 'delete' | 'reconcile';
  id: string;
  lease: string;
  /** The revision that is written when the step succeeds. */
  revision: number;
  booking: Booking;
  write: BookingWrite;
  calendar: { id: string; externalId: string; timeZone: string | null };
  port: WritePort;
  event: OwnEvent;
  /** True when `event` invites the attendee. */
  invites: boolean;
  /** True when `event` is to have the booking's online meeting. */
  hasConference: boolean;
}

/**
 * @param deps.mayInvite false: no event invites the attendee, for mails do
 * @returns null when no step is due, or another process holds the lease
 */
export async function claimWrite(
  tx: Tx,
  { providers, mayInvite, manageUrl }: { providers: Providers; mayInvite: boolean; manageUrl: ManageUrl },
  id: string,
  now: Instant,
): Promise<WriteTask | null> {
  const write = await lockWrite(tx, id);
  if (!write || !isDue(write, now)) return null;
  const booking = await bookingById(tx, write.bookingId);
  const pending = write.revision !== write.doneRevision;
  const expired = !booking || booking.endsAt.getTime() + WRITE_PERIOD < now;
  if (expired || !(pending || (write.wanted === 'present' && booking.status === 'CONFIRMED'))) {
    await changeWrite(tx, id, { ...RELEASED, ...(expired && pending ? { status: 'FAILED' } : {}) });
    return null;
  }
  const account = await accountById(tx, write.accountId);
  if (account?.status !== 'CONNECTED') {
    await changeWrite(tx, id, suspendedChange(write, 'auth-revoked: the account is not connected'));
    return null;
  }
  const calendar = await tx.calendar.findUnique({ where: { id: write.calendarId } });
  const port = [...providers.values()].find(({ name }) => name === write.provider)?.write;
  if (!calendar || !port) {
    const error = new ProviderError('rejected', 'this provider is not offered here any more');
    const dueAt = new Date(writeRetryAt(now, 1, error));
    const retryPullSince = new Date(retriedByPullFrom(now, 1, error) ?? dueAt);
    await changeWrite(tx, id, {
      ...{ ...RELEASED, status: 'FAILED', failures: write.failures + 1, error: writeErrorText(error) },
      ...{ dueAt, retryPullSince },
    });
    return null;
  }
  const lease = randomSecret();
  const leaseUntil = new Date(now + WRITE_LEASE_TTL);
  await changeWrite(tx, id, { leaseId: lease, leaseUntil, triedRevision: write.revision });
  const rows = await tx.bookingWrite.findMany({ where: { bookingId: booking.id } });
  const invites = mayInvite && inviterOf(booking, rows) === write.hostId;
  const present = rows.filter(({ wanted }) => wanted === 'present');
  const hasConference = conferenceMaker(booking, present, providers)?.id === write.id;
  const found = await tx.host.findMany({ where: { id: { in: booking.hosts } } });
  const hosts = booking.hosts.flatMap((host) => found.find((row) => row.id === host) ?? []);
  return {
    step: stepOf(write),
    ...{ id, lease, revision: write.revision, booking, write, calendar, port, invites },
    hasConference,
    event: ownEventOf(booking, write, { hosts, invites, hasConference, url: manageUrl(booking.id) }),
  };
}

function stepOf(write: BookingWrite): WriteTask['step'] {
  const { wanted, revision, doneRevision, triedRevision, externalId, writtenStartsAt } = write;
  if (revision === doneRevision) return 'reconcile';
  if (wanted === 'absent') return 'delete';
  if (externalId !== null && writtenStartsAt !== null) return 'update';
  return triedRevision === 0 || triedRevision === revision ? 'create' : 'create-again';
}

const isDue = ({ dueAt, leaseUntil }: BookingWrite, now: Instant) =>
  dueAt !== null && dueAt.getTime() <= now && (leaseUntil === null || leaseUntil.getTime() <= now);

/** The columns of a write without a lease and without a step that is due. */
export const RELEASED = { leaseId: null, leaseUntil: null, dueAt: null, retryPullSince: null };

/** Suspends a write until its account is connected again; an event to reconcile is reconciled after the next pull. */
export const suspendedChange = ({ revision, doneRevision }: BookingWrite, error: string) =>
  revision === doneRevision
    ? { ...RELEASED, checked: null }
    : { ...RELEASED, status: 'FAILED' as const, failures: 0, error };

/** The longest title and description that every provider accepts, in characters. */
const LONGEST_TITLE = 250;
const LONGEST_TEXT = 8_000;

/**
 * A booking as an event in one host's calendar.
 * @param of.hosts all hosts of the booking
 * @param of.invites true when this event invites the attendee, which one event of the booking does
 * @param of.hasConference true when this event has the booking's online meeting
 * @param of.url where the booking is looked after
 */
function ownEventOf(
  booking: Booking,
  { hostId, ownId, revision, externalId, conference }: BookingWrite,
  {
    hosts,
    invites,
    hasConference,
    url,
  }: { hosts: readonly Host[]; invites: boolean; hasConference: boolean; url: string },
): OwnEvent & Required<Pick<OwnEvent, 'attendees'>> {
  const { attendeeName, attendeeEmail, attendeeTimeZone, phone, guests, blankedAt } = booking;
  const name = oneLine(attendeeName);
  const others = hosts.filter(({ id }) => id !== hostId).map((host) => oneLine(host.name));
  // The provider shows an online meeting in the event that has it.
  const location = hasConference ? null : locationOfBooking(booking);
  const hadLink = isConferencePlace(booking.placeKind) && externalId !== null && conference === null;
  const words = wordsOfVisitor(booking);
  const text = [
    ...(blankedAt === null ? [`${name} <${attendeeEmail}>`, `Time zone: ${attendeeTimeZone}`] : []),
    ...(others.length > 0 ? [`With: ${others.join(', ')}`] : []),
    ...(phone && booking.placeKind !== 'PHONE_TO_VISITOR' ? [`Phone: ${phone}`] : []),
    ...(guests.length > 0 ? [`Guests: ${guests.join(', ')}`] : []),
    // Before what the visitor wrote, which may be cut.
    manageLine(url),
    ...(words.length > 0 ? ['', ...words] : []),
  ].join('\n');
  return {
    start: booking.startsAt.getTime(),
    end: booking.endsAt.getTime(),
    timeZone: hosts.find(({ id }) => id === hostId)?.timeZone ?? 'UTC',
    title: cut([oneLine(booking.title), ...(name ? [name] : [])].join(': '), LONGEST_TITLE),
    description: cut(text, LONGEST_TEXT),
    // The link of a meeting that has ended goes.
    ...(location === null ? (hadLink ? { location: '' } : {}) : { location }),
    // A repeated request makes no second meeting; an event that is made again gets another one.
    ...(hasConference ? { conference: `${ownId}-${revision}` } : {}),
    attendees:
      invites && blankedAt === null
        ? [{ name, email: attendeeEmail }, ...guests.map((email) => ({ name: email, email }))]
        : [],
  };
}

/** The id of the host whose event invites the attendee: the first host whose calendar has the booking. */
function inviterOf(booking: Booking, rows: readonly Pick<BookingWrite, 'hostId' | 'wanted'>[]) {
  const written = rows.filter(({ wanted }) => wanted === 'present').map(({ hostId }) => hostId);
  return booking.hosts.find((host) => written.includes(host)) ?? null;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

const cut = (text: string, max: number) =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
