/** The answer to an invitation (RFC 5546 §3.2.3), by whom it was sent to. */
import type { Instant } from '../time/clock.ts';
import { formatUtcDateTime } from '../time/instant-text.ts';
import { folded } from './busy.ts';
import { attendeeOf, type ItipEvent, type ItipObject, mailboxesOf, organizerOf } from './itip.ts';
import { takes } from './merge-itip.ts';

export interface ReplyOptions {
  /** Lower-case, the one that the mail came to first. */
  mailboxes: readonly string[];
  /** The host's, where the invitation doesn't know them by name. */
  name: string;
  now: Instant;
}

/** What it has of the invitation's own, as it was written there. */
const ECHOED = /^(?:uid|organizer|sequence|recurrence-id|dtstart|dtend|duration|summary)$/;

/** @returns null when there is nobody to answer, or nothing to answer to. */
export function replyText(object: ItipObject, options: ReplyOptions): string | null {
  const asked = object.events.filter((event) => !event.cancelled && isAsked(event, options.mailboxes));
  if (asked.length === 0) return null;
  const zones = new Set(asked.map(({ frame }) => frame.filter(isZone).join('\r\n')).filter(Boolean));
  const lines = [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Slotwire//Slotwire//EN', 'METHOD:REPLY'],
    ...[...zones].flatMap((zone) => zone.split('\r\n')),
    ...asked.flatMap((event) => answer(event, options)),
    'END:VCALENDAR',
  ];
  return `${lines.map(folded).join('\r\n')}\r\n`;
}

/** Where it goes: the organizer's mailbox, or null. */
export function replyTo({ events }: ItipObject): string | null {
  const organizer = events.map(organizerOf).find(Boolean);
  return organizer ? (mailboxesOf(organizer)[0] ?? null) : null;
}

function isAsked(event: ItipEvent, mailboxes: readonly string[]): boolean {
  const organizer = organizerOf(event);
  const to = organizer ? mailboxesOf(organizer) : [];
  const named = event.lines.some(({ name, value }) => name === 'uid' && value.trim() !== '');
  return named && to.length > 0 && !to.some((mailbox) => mailboxes.includes(mailbox));
}

function answer(event: ItipEvent, { mailboxes, name, now }: ReplyOptions): string[] {
  const { lines } = event;
  const invited = attendeeOf(event, mailboxes);
  const said = /^DECLINED$/i.test(invited?.param('partstat') ?? '');
  const partstat = said
    ? 'DECLINED'
    : takes(event, mailboxes) === 'BUSY_TENTATIVE'
      ? 'TENTATIVE'
      : 'ACCEPTED';
  const cn = (invited?.param('cn') ?? name).replace(/["\p{Cc}]/gu, '').trim();
  const address = invited?.value.trim() ?? `mailto:${mailboxes[0]}`;
  const echoed = [
    ...new Map(lines.filter((line) => ECHOED.test(line.name)).map((line) => [line.name, line])).values(),
  ];
  return [
    'BEGIN:VEVENT',
    ...echoed.map(({ text }) => text),
    `DTSTAMP:${formatUtcDateTime(now)}`,
    `ATTENDEE;PARTSTAT=${partstat}${cn ? `;CN="${cn}"` : ''}:${address}`,
    'REQUEST-STATUS:2.0;Success',
    'END:VEVENT',
  ];
}

/** X-WR-TIMEZONE is the invitation's own business. */
const isZone = (line: string) => !/^X-WR-TIMEZONE/i.test(line);
