/** A booking as an iCalendar file (RFC 5545), made in the browser, for visitors who get no invitation. Pure. */
import { formatUtcDateTime } from '../../time/instant-text.ts';

export interface ExportedBooking {
  readonly id: string;
  /** RFC 3339, like `end` and `createdAt`. */
  readonly start: string;
  readonly end: string;
  readonly eventType: { readonly title: string };
  readonly hosts: readonly { readonly name: string }[];
  readonly attendee: { readonly notes?: string | null };
}

/**
 * The file omits the booking's token, because calendars are shared.
 * @param domain the page's host, as in invitations, so that a calendar that gets both shows one event
 */
export function calendarFile(booking: ExportedBooking, domain: string, now: number): string {
  const { id, start, end, eventType, hosts, attendee } = booking;
  const names = new Intl.ListFormat('en', { type: 'conjunction' }).format(hosts.map(({ name }) => name));
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Slotwire//Booking page//EN',
    'METHOD:PUBLISH',
    'BEGIN:VEVENT',
    `UID:${id}@${domain}`,
    `DTSTAMP:${formatUtcDateTime(now)}`,
    `DTSTART:${formatUtcDateTime(Date.parse(start))}`,
    `DTEND:${formatUtcDateTime(Date.parse(end))}`,
    `SUMMARY:${escaped(names ? `${eventType.title} with ${names}` : eventType.title)}`,
    ...(attendee.notes ? [`DESCRIPTION:${escaped(attendee.notes)}`] : []),
    'STATUS:CONFIRMED',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** RFC 5545 §3.3.11. */
const escaped = (text: string) =>
  text.replaceAll(/[\\;,]/g, (char) => `\\${char}`).replaceAll(/\r\n|\r|\n/g, '\\n');

/** RFC 5545 §3.1: at most 75 octets a line, and no character torn apart. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let [out, width] = ['', 0];
  for (const char of line) {
    const octets = encoder.encode(char).length;
    if (width + octets > 75) [out, width] = [`${out}\r\n `, 1];
    out += char;
    width += octets;
  }
  return out;
}
