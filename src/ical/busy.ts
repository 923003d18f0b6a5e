/**
 * Formats busy time as iCalendar text (RFC 5545): flat events without recurrence, and VFREEBUSY. ical.js is not used: a
 * feed of thousands of events is read every few minutes, and its lines are few and plain.
 */
import type { BusyKind, BusyList } from '../availability/period.ts';
import { KINDS } from '../availability/period.ts';
import { type Instant, SECOND } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import { formatUtcDateTime } from '../time/instant-text.ts';
import { oneLine } from './calendar-object.ts';

export interface BusyEvent {
  /** Stays the same while the event exists, also when it moves. */
  uid: string;
  /** When the event last changed, so that equal events have equal bytes. */
  stamp: Instant;
  start: Instant;
  end: Instant;
  /** First day and day after the last, YYYY-MM-DD, of an all-day event. Null: `start` and `end` count. */
  days: { from: string; to: string } | null;
  kind: BusyKind;
  summary: string;
}

export interface CalendarMetadata {
  name: string;
  /** IANA zone in which readers show all-day events. */
  zone: string;
  /** How often readers should fetch the calendar, in milliseconds. */
  refreshInterval: number;
}

const PRODUCT = '-//Slotwire//Slotwire//EN';
/** Longest line without its line break (§3.1). */
const MAX_LINE_OCTETS = 75;

const STATUS: Record<BusyKind, { status: string; microsoft: string; type: string }> = {
  BUSY: { status: 'CONFIRMED', microsoft: 'BUSY', type: 'BUSY' },
  BUSY_UNAVAILABLE: { status: 'CONFIRMED', microsoft: 'OOF', type: 'BUSY-UNAVAILABLE' },
  BUSY_TENTATIVE: { status: 'TENTATIVE', microsoft: 'TENTATIVE', type: 'BUSY-TENTATIVE' },
};

/** A VEVENT; every line ends in CRLF. */
export function formatVevent({ uid, stamp, start, end, days, kind, summary }: BusyEvent): string {
  const { status, microsoft } = STATUS[kind];
  return joinLines([
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${formatUtcDateTime(stamp)}`,
    days ? `DTSTART;VALUE=DATE:${dateText(days.from)}` : `DTSTART:${formatUtcDateTime(start)}`,
    days ? `DTEND;VALUE=DATE:${dateText(days.to)}` : `DTEND:${utcTextUp(end)}`,
    `SUMMARY:${escapeText(oneLine(summary))}`,
    `STATUS:${status}`,
    'TRANSP:OPAQUE',
    `X-MICROSOFT-CDO-BUSYSTATUS:${microsoft}`,
    ...(days ? ['X-MICROSOFT-CDO-ALLDAYEVENT:TRUE'] : []),
    'END:VEVENT',
  ]);
}

/** A VCALENDAR of formatted events. @param metadata for calendars that readers subscribe to */
export function formatBusyCalendar(
  events: readonly string[],
  metadata: CalendarMetadata | null = null,
): string {
  const metadataLines = metadata && [
    'METHOD:PUBLISH',
    `NAME:${escapeText(oneLine(metadata.name))}`,
    `X-WR-CALNAME:${escapeText(oneLine(metadata.name))}`,
    `X-WR-TIMEZONE:${metadata.zone}`,
    `REFRESH-INTERVAL;VALUE=DURATION:${formatDuration(metadata.refreshInterval)}`,
    `X-PUBLISHED-TTL:${formatDuration(metadata.refreshInterval)}`,
  ];
  return [joinLines([...BEGIN, ...(metadataLines ?? [])]), ...events, joinLines(['END:VCALENDAR'])].join('');
}

/** One VFREEBUSY over [from, to) with the periods of `busy` (RFC 4791 §7.10). */
export function formatFreeBusy(
  busy: BusyList,
  { uid, stamp, from, to }: { uid: string; stamp: Instant; from: Instant; to: Instant },
): string {
  const periods = KINDS.flatMap((kind, k) => {
    const texts = [...busy.kinds].flatMap((of, i) =>
      of === k
        ? `${formatUtcDateTime(busy.bounds[2 * i] ?? 0)}/${utcTextUp(busy.bounds[2 * i + 1] ?? 0)}`
        : [],
    );
    return texts.length > 0 ? [`FREEBUSY;FBTYPE=${STATUS[kind].type}:${texts.join(',')}`] : [];
  });
  return joinLines([
    ...BEGIN,
    'BEGIN:VFREEBUSY',
    `UID:${uid}`,
    `DTSTAMP:${formatUtcDateTime(stamp)}`,
    `DTSTART:${formatUtcDateTime(from)}`,
    `DTEND:${formatUtcDateTime(to)}`,
    ...periods,
    'END:VFREEBUSY',
    'END:VCALENDAR',
  ]);
}

const BEGIN = ['BEGIN:VCALENDAR', 'VERSION:2.0', `PRODID:${PRODUCT}`, 'CALSCALE:GREGORIAN'];

const joinLines = (content: readonly string[]) => `${content.map(foldLine).join('\r\n')}\r\n`;

/** Escapes a TEXT value (§3.3.11) without line breaks. */
const escapeText = (text: string) => text.replace(/[\\;,]/g, '\\$&');

/** Folds a line: continuations begin with a space, have at most 75 octets, and split no character. */
export function foldLine(line: string): string {
  // A UTF-16 unit is at most three octets long.
  if (
    line.length * 3 <= MAX_LINE_OCTETS ||
    (line.length <= MAX_LINE_OCTETS && Buffer.byteLength(line) <= MAX_LINE_OCTETS)
  )
    return line;
  let text = '';
  let octets = 0;
  for (const char of line) {
    const size = Buffer.byteLength(char);
    if (octets + size > MAX_LINE_OCTETS) {
      text += '\r\n ';
      octets = 1;
    }
    text += char;
    octets += size;
  }
  return text;
}

const dateText = (day: string) => day.replaceAll('-', '');

/** Rounds an end up to whole seconds, so that no busy time is lost. */
const utcTextUp = (at: Instant) => formatUtcDateTime(Math.ceil(at / SECOND) * SECOND);
