/** Wall-clock times of IANA zones as instants and back, for what providers write without an offset. */

import { DAY, type Instant } from './clock.ts';
import { endAt, isTimeZone, offsetDuring, offsetsAround, startAt } from './zone.ts';

/** Whether the runtime knows the zone. */
export const isZone = isTimeZone;

const around = (zone: string, at: number) => offsetsAround(zone, Math.floor(at / DAY));

/**
 * The wall clock of the zone at `at`, read as if it were UTC: `Date`'s UTC getters give its parts.
 * @throws RangeError for a zone that the runtime doesn't know.
 */
export const wallClock = (zone: string, at: Instant): number => at + offsetDuring(around(zone, at), at);

export interface LocalOptions {
  second?: number;
  /** Which occurrence of a time that a clock change repeats; the first unless told. */
  doubled?: 'first' | 'second';
}

/**
 * The instant of a wall-clock time. One that a clock change skips is the instant after the gap.
 * @param month 1 to 12
 * @throws RangeError for a zone that the runtime doesn't know.
 */
export function instantOfLocal(
  zone: string,
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  { second = 0, doubled = 'first' }: LocalOptions = {},
): Instant {
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return (doubled === 'first' ? startAt : endAt)(around(zone, wall), wall);
}

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/;

/**
 * The instant of `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS[.f…]]` without offset; fractions of a second are dropped.
 * Null for any other text.
 */
export function instantOfLocalText(
  zone: string,
  text: string,
  doubled: 'first' | 'second' = 'first',
): Instant | null {
  const parts = LOCAL.exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (!parts) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return instantOfLocal(zone, year, month, day, hour, minute, { second, doubled });
}
