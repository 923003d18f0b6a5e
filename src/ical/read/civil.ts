/** Days and wall-clock times as numbers: a wall-clock time is the instant at which UTC's clock would show it. */

import { DAY, type Instant } from '../../time/clock.ts';
import { offsetDuring, offsetsAround, startAt, type ZoneOffsets } from '../../time/zone.ts';

/** Days since 1970-01-01 of a date of the Gregorian calendar. `Date.UTC` takes the years below 100 for others. */
export function dayOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

export interface CivilDate {
  year: number;
  month: number;
  day: number;
}

export function dateOf(day: number): CivilDate {
  const date = new Date(day * DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export const daysInMonth = (year: number, month: number) =>
  month === 2
    ? isLeap(year)
      ? 29
      : 28
    : month === 4 || month === 6 || month === 9 || month === 11
      ? 30
      : 31;

/** 0 is Monday. */
export const weekdayOf = (day: number) => (((day + 3) % 7) + 7) % 7;

/** Midnight of a wall-clock time's day. */
export const midnight = (wall: number) => Math.floor(wall / DAY) * DAY;

/** Where the clocks of a zone stand. */
export interface Zone {
  /** IANA; null for one that a calendar defines itself. */
  name: string | null;
  /** @param day in days since 1970-01-01 */
  around(day: number): ZoneOffsets;
}

export const ianaZone = (name: string): Zone => ({ name, around: (day) => offsetsAround(name, day) });

const NO_OFFSET: ZoneOffsets = {
  endDay: Number.POSITIVE_INFINITY,
  bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  offsets: [0],
};

export const UTC: Zone = { name: 'UTC', around: () => NO_OFFSET };

/** Of a time that comes twice the first; one that a clock change skips by the offset before it (RFC 5545 §3.3.5). */
export function instantOf(zone: Zone, wall: number): Instant {
  const { bounds, offsets } = zone.around(Math.floor(wall / DAY));
  let i = 0;
  while (wall - (offsets[i] as number) >= (bounds[i + 1] as number)) i++;
  const at = wall - (offsets[i] as number);
  return at < (bounds[i] as number) ? wall - (offsets[i - 1] as number) : at;
}

/** When a day begins: at its first instant, where a clock change skips midnight. */
export const dayStart = (zone: Zone, wall: number): Instant =>
  startAt(zone.around(Math.floor(wall / DAY)), midnight(wall));

export const wallOf = (zone: Zone, at: Instant): number =>
  at + offsetDuring(zone.around(Math.floor(at / DAY)), at);
