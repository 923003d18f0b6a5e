/** Parses iTIP messages (RFC 5546): invitations, updates and cancellations sent from one calendar to another. */
import { decodePercent } from '../percent.ts';
import { uidOf } from './read/event.ts';
import { READ_LIMITS } from './read/limits.ts';
import { contentLines } from './read/lines.ts';
import { type IcalProperty, readProperty } from './read/property.ts';
import { readTime } from './read/value.ts';
import { plainZoneName, zoneKey } from './read/zone-name.ts';

/** An unfolded content line with its parsed property. */
export interface ItipLine extends IcalProperty {
  text: string;
}

/** A VEVENT: a single event, a series, or one instance of a series. */
export interface ItipEvent {
  lines: ItipLine[];
  uid: string;
  sequence: number;
  /** DTSTAMP; 0 when there is none. */
  stamp: number;
  /** Recurrence id as the organizer writes it, equal for the same instance; null for the series or a single event. */
  recurrence: string | null;
  /** STATUS:CANCELLED. */
  cancelled: boolean;
  /** Lines of the VTIMEZONEs that it references, and X-WR-TIMEZONE. */
  timeZoneLines: string[];
}

/** All events with one UID in a VCALENDAR. */
export interface ItipObject {
  /** Upper case; null when there is none. */
  method: string | null;
  uid: string;
  events: ItipEvent[];
}

const BOUNDARY = /^(BEGIN|END):\s*([A-Z-]+)\s*$/i;
const NAME = /^([A-Za-z0-9-]+)[;:]/;
/** Components that are never nested in each other. */
const TOP_LEVEL = new Set(['VCALENDAR', 'VEVENT', 'VTIMEZONE', 'VTODO', 'VJOURNAL', 'VFREEBUSY']);

interface CalendarLines {
  method: string | null;
  zones: string[][];
  floating: string[];
  events: string[][];
}

/** @param text a calendar that was parsed before; components other than events are left out */
export function readItip(text: string): ItipObject[] {
  return splitCalendars(text).flatMap((calendar) => {
    const zones = new Map<string, string[]>();
    for (const lines of calendar.zones) {
      const key = tzidOf(lines);
      // Two definitions of one name are both stored, for the reader decides which one counts.
      if (key !== null) zones.set(key, [...(zones.get(key) ?? []), ...lines]);
    }
    const objects = new Map<string, ItipObject>();
    for (const raw of calendar.events) {
      const event = toItipEvent(raw, zones, calendar.floating);
      const object = objects.get(event.uid) ?? { method: calendar.method, uid: event.uid, events: [] };
      object.events.push(event);
      objects.set(event.uid, object);
    }
    return [...objects.values()];
  });
}

/**
 * The lines of each VCALENDAR's components, even when BEGIN and END don't match; components within events, such as
 * alarms, are skipped.
 */
function splitCalendars(text: string): CalendarLines[] {
  const calendars: CalendarLines[] = [];
  let open: string[] = [];
  for (const line of contentLines(text, READ_LIMITS.line)) {
    const calendar = calendars.at(-1);
    const [, boundary, component = ''] = BOUNDARY.exec(line) ?? [];
    const name = component.toUpperCase();
    if (boundary?.toUpperCase() === 'BEGIN') {
      if (TOP_LEVEL.has(name)) open = name === 'VCALENDAR' ? [] : open.slice(0, 1);
      open.push(name);
      if (name === 'VCALENDAR') calendars.push({ method: null, zones: [], floating: [], events: [] });
      else if (name === 'VEVENT') calendar?.events.push([]);
      else if (name === 'VTIMEZONE') calendar?.zones.push([]);
    }
    if (open[1] === 'VTIMEZONE') calendar?.zones.at(-1)?.push(line);
    else if (open.length === 2 && open[1] === 'VEVENT' && !boundary) calendar?.events.at(-1)?.push(line);
    else if (open.length === 1 && calendar && !boundary) {
      const [, value = ''] = /^METHOD(?:;[^:]*)?:\s*(\S+)/i.exec(line) ?? [];
      if (value) calendar.method ??= value.toUpperCase();
      if (/^X-WR-TIMEZONE[;:]/i.test(line)) calendar.floating = [line];
    }
    if (boundary?.toUpperCase() === 'END' && open.includes(name))
      open = open.slice(0, open.lastIndexOf(name));
  }
  return calendars;
}

/** The key of the zone that a VTIMEZONE defines; null without a TZID. */
function tzidOf(lines: string[]): string | null {
  const tzid = lines.find((line) => /^TZID[;:]/i.test(line));
  const name = tzid === undefined ? undefined : readProperty(tzid)?.value;
  return name === undefined ? null : keyOf(name);
}

const keyOf = (written: string) => zoneKey(plainZoneName(written));

function toItipEvent(raw: string[], zones: ReadonlyMap<string, string[]>, floating: string[]): ItipEvent {
  const lines = raw.flatMap((text) => {
    const property = NAME.test(text) ? readProperty(text) : null;
    return property ? [{ ...property, text }] : [];
  });
  const firstProperty = (propertyName: string) => lines.find(({ name }) => name === propertyName);
  const names = lines.flatMap(({ name, param }) => (name === 'attendee' ? [] : (param('tzid') ?? [])));
  // The calendar's own zone may be one that it defines.
  const floatingNames = floating.flatMap((line) => readProperty(line)?.value ?? []);
  const tzids = new Set([...names, ...floatingNames].map(keyOf));
  const sequence = Number(firstProperty('sequence')?.value.trim() ?? 0);
  const stamp = firstProperty('dtstamp');
  return {
    lines,
    uid: uidOf(lines),
    sequence: Number.isSafeInteger(sequence) ? sequence : 0,
    stamp: (stamp && readTime(stamp.value, stamp.type, stamp.param('tzid'))?.wall) ?? 0,
    recurrence: recurrenceOf(firstProperty('recurrence-id')),
    cancelled: lines.some(({ name, value }) => name === 'status' && /^\s*CANCELLED\s*$/i.test(value)),
    timeZoneLines: [...[...tzids].flatMap((tzid) => zones.get(tzid) ?? []), ...floating],
  };
}

function recurrenceOf(property: ItipLine | undefined): string | null {
  if (!property) return null;
  const time = readTime(property.value, property.type, property.param('tzid'));
  const when = time ? `${time.wall} ${time.form} ${zoneKey(time.tzid ?? '')}` : property.value;
  return /^\s*THISANDFUTURE\s*$/i.test(property.param('range') ?? '') ? `${when} on` : when;
}

/**
 * Lower-case mailboxes of an ATTENDEE or ORGANIZER. Apple writes a path as the address, and the mailbox in the
 * parameter EMAIL.
 */
export function mailboxesOf({ value, param }: IcalProperty): string[] {
  return [value, param('email') ?? ''].flatMap((text) => {
    const mailbox = decodePercent(text.trim().replace(/^mailto:/i, '')).trim();
    return mailbox.includes('@') && !/[\s/]/.test(mailbox) ? [mailbox.toLowerCase()] : [];
  });
}

/** The mailbox without the subaddress after a plus. */
export const withoutSubaddress = (mailbox: string) => mailbox.replace(/\+[^@]*(?=@[^@]*$)/, '');

/** The ATTENDEE with one of these mailboxes. */
export function attendeeOf(event: ItipEvent, mailboxes: readonly string[]): ItipLine | null {
  const isMeant = (line: ItipLine) =>
    line.name === 'attendee' &&
    mailboxesOf(line).some(
      (mailbox) => mailboxes.includes(mailbox) || mailboxes.includes(withoutSubaddress(mailbox)),
    );
  return event.lines.find(isMeant) ?? null;
}

export const organizerOf = (event: ItipEvent): ItipLine | null =>
  event.lines.find(({ name }) => name === 'organizer') ?? null;
