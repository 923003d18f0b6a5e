/** A booking as an event in one host's calendar. */
import type { OwnEvent } from '../../providers/port.ts';
import type { Booking } from '../../store/bookings/bookings.ts';
import type { BookingWrite } from '../../store/bookings/writes.ts';
import type { Host } from '../../store/rules/hosts.ts';

/** The longest title and description that every provider accepts, in characters. */
const LONGEST_TITLE = 250;
const LONGEST_TEXT = 8_000;

/**
 * @param hosts all hosts of the booking
 * @param invites true when this event invites the attendee, which one event of the booking does
 */
export function ownEventOf(
  booking: Booking,
  { hostId }: Pick<BookingWrite, 'hostId'>,
  hosts: readonly Host[],
  invites: boolean,
): OwnEvent & Required<Pick<OwnEvent, 'attendees'>> {
  const { attendeeName, attendeeEmail, attendeeTimeZone, notes } = booking;
  const name = oneLine(attendeeName);
  const others = hosts.filter(({ id }) => id !== hostId).map((host) => oneLine(host.name));
  const text = [
    `${name} <${attendeeEmail}>`,
    `Time zone: ${attendeeTimeZone}`,
    ...(others.length > 0 ? [`With: ${others.join(', ')}`] : []),
    ...(notes ? ['', notes] : []),
  ].join('\n');
  return {
    start: booking.startsAt.getTime(),
    end: booking.endsAt.getTime(),
    timeZone: hosts.find(({ id }) => id === hostId)?.timeZone ?? 'UTC',
    title: cut(`${oneLine(booking.title)}: ${name}`, LONGEST_TITLE),
    description: cut(text, LONGEST_TEXT),
    attendees: invites ? [{ name, email: attendeeEmail }] : [],
  };
}

/** The id of the host whose event invites the attendee: the first host whose calendar has the booking. */
export function inviterOf(booking: Booking, rows: readonly Pick<BookingWrite, 'hostId' | 'wanted'>[]) {
  const written = rows.filter(({ wanted }) => wanted === 'present').map(({ hostId }) => hostId);
  return booking.hosts.find((host) => written.includes(host)) ?? null;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

const cut = (text: string, max: number) =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
