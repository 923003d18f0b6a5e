/** When an event begins and how long it lasts, once its zones are known. */
import { DAY, type Instant } from '../../time/clock.ts';
import { instantOfWall, midnightOf } from '../../time/local-time.ts';
import type { Zone } from '../../time/zone.ts';
import type { ParsedEvent } from './event.ts';
import type { Duration, Time } from './value.ts';
import type { Zones } from './zones.ts';

/** A wall-clock time in its zone. */
export interface Moment {
  wall: number;
  zone: Zone;
  /** A whole day: it begins when the day does. */
  date: boolean;
  /** Its zone is only the best guess. */
  guessed: boolean;
}

export interface Length extends Duration {
  /** How much earlier than DTSTART it begins: of an event whose end is before its start. */
  lead: number;
  /** What is written was understood. */
  complete: boolean;
}

export const momentOf = (time: Time, zones: Zones): Moment => ({
  wall: time.wall,
  date: time.form === 'date',
  ...zones.of(time),
});

export const instantAt = ({ wall, zone, date }: Moment): Instant =>
  date ? instantOfWall(zone, midnightOf(wall), 'start') : instantOfWall(zone, wall, 'rfc5545');

/** The first instant after the event (RFC 5545 §3.3.6: days by the clock, then the rest). */
export function endOf(start: Moment, { days, exact }: Duration): Instant {
  const day = days === 0 ? instantAt(start) : instantAt({ ...start, wall: start.wall + days * DAY });
  return day + exact;
}

const WHOLE_DAY: Length = { lead: 0, days: 1, exact: 0, complete: true };
const NO_TIME: Length = { lead: 0, days: 0, exact: 0, complete: true };

/** Of DTEND and DURATION, which exclude each other, the one that takes more. */
export function eventLength(event: ParsedEvent, start: Moment, zones: Zones): Length {
  const { end, duration } = event;
  const lengths = [
    ...(end && end !== 'unknown' ? [lengthUntil(start, momentOf(end, zones))] : []),
    ...(duration && duration !== 'unknown' ? [lengthOfDuration(duration)] : []),
  ];
  if (lengths.length > 0) return lengths.reduce((a, b) => (totalLength(b) > totalLength(a) ? b : a));
  // Nobody knows how long: a day, and the answer says that it isn't sure.
  if (end === 'unknown' || duration === 'unknown') return { ...WHOLE_DAY, complete: false };
  return start.date ? WHOLE_DAY : NO_TIME;
}

export const totalLength = ({ lead, days, exact }: Length) => lead + days * DAY + exact;

function lengthUntil(start: Moment, end: Moment): Length {
  const complete = !end.guessed || start.guessed;
  if (start.date && end.date) {
    const days = (end.wall - start.wall) / DAY;
    // A day that ends on itself is meant to be one (§3.6.1); one that ends before isn't meant at all.
    return days > 0 ? { ...NO_TIME, days } : WHOLE_DAY;
  }
  const exact = instantAt(end) - instantAt(start);
  if (exact >= 0) return { ...NO_TIME, exact, complete };
  if (start.date) return WHOLE_DAY;
  // Only a clock change put the end before the start.
  if (end.zone === start.zone && end.wall >= start.wall)
    return { ...NO_TIME, exact: end.wall - start.wall, complete };
  return fromEarlierEnd(-exact, complete);
}

function lengthOfDuration({ days, exact }: Duration): Length {
  const size = days * DAY + exact;
  return size < 0 ? fromEarlierEnd(-size, true) : { ...NO_TIME, days, exact };
}

/** The two were swapped, or the end is of the next day: either way from the earlier one on. */
const fromEarlierEnd = (lead: number, complete: boolean): Length => ({
  lead,
  days: 0,
  exact: Math.max(0, DAY - lead),
  complete,
});
