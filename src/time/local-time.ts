/**
 * Wall-clock times of zones as instants and back. A wall-clock time is milliseconds too: the instant at which UTC's clock
 * would show it. A zone is named by its IANA id, or is one that a calendar defines itself.
 */
import { dateFromDay, dayFromDate, type LocalDate } from './civil-date.ts';
import { DAY, type Instant, MINUTE } from './clock.ts';
import { endAt, offsetDuring, offsetsAround, shiftedAt, startAt, type Zone } from './zone.ts';

const around = (zone: string | Zone, ms: number) =>
  typeof zone === 'string' ? offsetsAround(zone, dayOf(ms)) : zone.around(dayOf(ms));

const dayOf = (ms: number) => Math.floor(ms / DAY);

/** Midnight of a wall-clock time's day. */
export const midnightOf = (wall: number): number => dayOf(wall) * DAY;

/**
 * The wall clock of the zone at `at`.
 * @throws RangeError for a zone that is not known.
 */
export const wallClock = (zone: string | Zone, at: Instant): number =>
  at + offsetDuring(around(zone, at), at);

/** The day, since 1970-01-01, that the zone's calendar shows at `at`. */
export const localDay = (zone: string | Zone, at: Instant): number => dayOf(wallClock(zone, at));

/** The date that the zone's calendar shows at `at`. */
export const localDate = (zone: string | Zone, at: Instant): LocalDate => dateFromDay(localDay(zone, at));

/** `YYYY-MM-DDTHH:MM:SS` on the zone's wall clock; the fraction of a second is dropped. */
export const localDateTime = (zone: string | Zone, at: Instant): string =>
  new Date(wallClock(zone, at)).toISOString().slice(0, 19);

/** RFC 3339 with the zone's offset, as in `2026-12-01T09:00:00+01:00`; an offset of zero is `Z`. */
export function offsetDateTime(zone: string | Zone, at: Instant): string {
  const minutes = Math.round((wallClock(zone, at) - at) / MINUTE);
  const local = localDateTime(zone, at);
  if (minutes === 0) return `${local}Z`;
  const two = (value: number) => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * Which instant is meant by a time that a clock change repeats or skips. `start`: its first occurrence, or the instant
 * after the gap. `end`: its last occurrence, or the instant after the gap. `rfc5545`: its first occurrence, or what the
 * offset before the gap makes of it (RFC 5545 §3.3.5).
 */
export type WallReading = 'start' | 'end' | 'rfc5545';

const READINGS = { start: startAt, end: endAt, rfc5545: shiftedAt };

/** The instant of a wall-clock time. @throws RangeError for a zone that is not known. */
export const instantOfWall = (zone: string | Zone, wall: number, reading: WallReading = 'start'): Instant =>
  READINGS[reading](around(zone, wall), wall);

/** The first instant of a date. Of a date that the zone skipped: the instant of the leap. */
export const startOfDate = (zone: string | Zone, date: LocalDate): Instant =>
  instantOfWall(zone, dayFromDate(date) * DAY);

const LOCAL = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?:(:\d\d)(?:\.\d+)?)?)?$/;

/**
 * The instant of `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS[.f…]]` without offset; fractions of a second are dropped.
 * Null for any other text.
 */
export function instantOfLocalText(
  zone: string | Zone,
  text: string,
  reading: WallReading = 'start',
): Instant | null {
  const [, date, time = '00:00', seconds = ':00'] = LOCAL.exec(text) ?? [];
  const wall = date ? Date.parse(`${date}T${time}${seconds}Z`) : Number.NaN;
  return Number.isNaN(wall) ? null : instantOfWall(zone, wall, reading);
}
