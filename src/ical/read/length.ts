/** Start and duration of an event, once its zones are known. */
import { DAY, HOUR, type Instant } from '../../time/clock.ts';
import { instantOfWall, midnightOf } from '../../time/local-time.ts';
import type { Zone } from '../../time/zone.ts';
import type { ParsedEvent } from './event.ts';
import type { Duration, Time } from './value.ts';
import type { Zones } from './zones.ts';

/** A wall-clock time in its zone. */
export interface Moment {
  wall: number;
  zone: Zone;
  /** An all-day event: it begins at the start of the day. */
  date: boolean;
  /** The zone is a guess. */
  guessed: boolean;
}

export interface Length extends Duration {
  /** How much earlier than DTSTART the event begins, when its end is before its start. */
  lead: number;
  /** Every property was understood. */
  complete: boolean;
  /** By how much later the event may end, in milliseconds. */
  slack: number;
}

export const momentOf = (time: Time, zones: Zones): Moment => ({
  wall: time.wall,
  date: time.form === 'date',
  ...zones.of(time),
});

export const instantAt = ({ wall, zone, date }: Moment): Instant =>
  date ? instantOfWall(zone, midnightOf(wall), 'start') : instantOfWall(zone, wall, 'rfc5545');

/** The event's end, exclusive (RFC 5545 §3.3.6: days by the wall clock, then exact time). */
export function endOf(start: Moment, { days, exact }: Duration): Instant {
  const day = days === 0 ? instantAt(start) : instantAt({ ...start, wall: start.wall + days * DAY });
  return day + exact;
}

/** No two zones are further apart: by so much an event may lie beside its place by a guessed zone. */
export const ZONE_SPREAD = 26 * HOUR;

const WHOLE_DAY: Length = { lead: 0, days: 1, exact: 0, complete: true, slack: 0 };
const NO_TIME: Length = { lead: 0, days: 0, exact: 0, complete: true, slack: 0 };

/** DTEND and DURATION exclude each other; when both occur, the longer one counts. */
export function eventLength(event: ParsedEvent, start: Moment, zones: Zones): Length {
  const { end, duration } = event;
  const lengths = [
    ...(end && end !== 'unknown' ? [lengthUntil(start, momentOf(end, zones))] : []),
    ...(duration && duration !== 'unknown' ? [lengthOfDuration(duration)] : []),
  ];
  if (lengths.length > 0) return lengths.reduce((a, b) => (totalLength(b) > totalLength(a) ? b : a));
  // An unreadable duration counts as one day, and the read as partial.
  if (end === 'unknown' || duration === 'unknown') return { ...WHOLE_DAY, complete: false };
  return start.date ? WHOLE_DAY : NO_TIME;
}

export const totalLength = ({ lead, days, exact }: Length) => lead + days * DAY + exact;

function lengthUntil(start: Moment, end: Moment): Length {
  if (end.guessed && !start.guessed) {
    const exact = Math.max(0, instantAt(end) - instantAt(start));
    return { ...NO_TIME, exact, complete: false, slack: ZONE_SPREAD };
  }
  if (start.date && end.date) {
    const days = (end.wall - start.wall) / DAY;
    // An all-day event that ends on its first day lasts that day (§3.6.1); one that ends before it counts as one day.
    return days > 0 ? { ...NO_TIME, days } : WHOLE_DAY;
  }
  const exact = instantAt(end) - instantAt(start);
  if (exact >= 0) return { ...NO_TIME, exact };
  if (start.date) return WHOLE_DAY;
  // Only a clock change puts the end before the start.
  if (end.zone === start.zone && end.wall >= start.wall) return { ...NO_TIME, exact: end.wall - start.wall };
  return fromEarlierEnd(-exact);
}

function lengthOfDuration({ days, exact }: Duration): Length {
  const size = days * DAY + exact;
  return size < 0 ? fromEarlierEnd(-size) : { ...NO_TIME, days, exact };
}

/**
 * Start and end were swapped, or the end belongs to the next day: in either case the event begins at the earlier one.
 */
const fromEarlierEnd = (lead: number): Length => ({ ...NO_TIME, lead, exact: Math.max(0, DAY - lead) });
