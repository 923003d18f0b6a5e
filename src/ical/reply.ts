/** Formats the reply to an invitation (RFC 5546 §3.2.3). */
import type { Instant } from '../time/clock.ts';
import { formatUtcDateTime } from '../time/instant-text.ts';
import { foldLine } from './busy.ts';
import { attendeeOf, type ItipEvent, type ItipObject, mailboxesOf, organizerOf } from './itip.ts';
import { busyKindFor } from './merge-itip.ts';

export interface ReplyOptions {
  /** Lower case; the mailbox that received the mail comes first. */
  mailboxes: readonly string[];
  /** The host's name, for invitations that don't contain it. */
  name: string;
  now: Instant;
}

/** Properties that the reply repeats from the invitation, as they were written. */
const COPIED_PROPERTIES = /^(?:uid|organizer|sequence|recurrence-id|dtstart|dtend|duration|summary)$/;

/** @returns null when the invitation has no organizer to reply to, or expects no reply */
export function formatReply(object: ItipObject, options: ReplyOptions): string | null {
  const requested = object.events.filter(
    (event) => !event.cancelled && expectsReply(event, options.mailboxes),
  );
  if (requested.length === 0) return null;
  const zones = new Set(
    requested.map(({ timeZoneLines }) => timeZoneLines.filter(isVtimezoneLine).join('\r\n')).filter(Boolean),
  );
  const lines = [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Slotwire//Slotwire//EN', 'METHOD:REPLY'],
    ...[...zones].flatMap((zone) => zone.split('\r\n')),
    ...requested.flatMap((event) => replyEvent(event, options)),
    'END:VCALENDAR',
  ];
  return `${lines.map(foldLine).join('\r\n')}\r\n`;
}

/** The organizer's mailbox; null when there is none. */
export function replyAddressOf({ events }: ItipObject): string | null {
  const organizer = events.map(organizerOf).find(Boolean);
  return organizer ? (mailboxesOf(organizer)[0] ?? null) : null;
}

function expectsReply(event: ItipEvent, mailboxes: readonly string[]): boolean {
  const organizer = organizerOf(event);
  const to = organizer ? mailboxesOf(organizer) : [];
  const named = event.lines.some(({ name, value }) => name === 'uid' && value.trim() !== '');
  return named && to.length > 0 && !to.some((mailbox) => mailboxes.includes(mailbox));
}

function replyEvent(event: ItipEvent, { mailboxes, name, now }: ReplyOptions): string[] {
  const { lines } = event;
  const attendee = attendeeOf(event, mailboxes);
  const declined = /^\s*DECLINED\s*$/i.test(attendee?.param('partstat') ?? '');
  const partstat = declined
    ? 'DECLINED'
    : busyKindFor(event, mailboxes) === 'BUSY_TENTATIVE'
      ? 'TENTATIVE'
      : 'ACCEPTED';
  const cn = (attendee?.param('cn') ?? name).replace(/["\p{Cc}]/gu, '').trim();
  const address = attendee?.value.trim() ?? `mailto:${mailboxes[0]}`;
  const copied = [
    ...new Map(
      lines.filter((line) => COPIED_PROPERTIES.test(line.name)).map((line) => [line.name, line]),
    ).values(),
  ];
  return [
    'BEGIN:VEVENT',
    ...copied.map(({ text }) => text),
    `DTSTAMP:${formatUtcDateTime(now)}`,
    `ATTENDEE;PARTSTAT=${partstat}${cn ? `;CN="${cn}"` : ''}:${address}`,
    'REQUEST-STATUS:2.0;Success',
    'END:VEVENT',
  ];
}

/** X-WR-TIMEZONE is not part of a VTIMEZONE and is left out of the reply. */
const isVtimezoneLine = (line: string) => !/^X-WR-TIMEZONE/i.test(line);
