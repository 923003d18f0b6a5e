/** Instants as text: RFC 3339, which APIs write, and the UTC form of iCalendar. */
import { isLocalDate } from './civil-date.ts';
import { DAY, type Instant, MINUTE } from './clock.ts';

/** RFC 3339 in UTC with milliseconds: `2026-12-01T08:00:00.000Z`. @throws RangeError for what is no instant. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString();

/** The end of the text of each minute of a day: `08:00:00.000Z`. */
const TIMES_OF_DAY = Array.from({ length: DAY / MINUTE }, (_, minute) =>
  formatInstant(minute * MINUTE).slice(-13),
);

/** The last instant that has a text: its day goes on. */
const LAST = 8.64e15;

/**
 * Writes what `formatInstant` writes, with less work for many instants on whole minutes of few days, one day after the other.
 * @param before text that stands before each of them
 */
export function createInstantText(before = ''): (at: Instant) => string {
  let known = Number.NaN;
  let date = '';
  return (at) => {
    const day = Math.floor(at / DAY);
    const time = TIMES_OF_DAY[(at - day * DAY) / MINUTE];
    if (time === undefined || at > LAST) return before + formatInstant(at);
    if (day !== known) {
      date = before + formatInstant(at).slice(0, -time.length);
      known = day;
    }
    return date + time;
  };
}

const RFC3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** RFC 3339 (§5.6) to the letter, but for leap seconds. Null for any other text. */
export function parseRfc3339(text: string): Instant | null {
  const date = RFC3339.exec(text)?.[1];
  return date !== undefined && isLocalDate(date) ? instantOrNull(Date.parse(text.toUpperCase())) : null;
}

const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * A date and time with an offset, as providers and people write them: seconds and the offset's colon may be missing.
 * Null for any other text, also for a time without an offset, which is an instant only together with a zone.
 */
export const parseInstant = (text: string): Instant | null =>
  WITH_OFFSET.test(text) ? instantOrNull(Date.parse(text)) : null;

/** The UTC form of iCalendar's DATE-TIME (RFC 5545 §3.3.5, form 2): `20261201T080000Z`; the fraction of a second is dropped. */
export const formatUtcDateTime = (at: Instant): string =>
  `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

const UTC_DATE_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Reads what `formatUtcDateTime` writes. Null for any other text. */
export function parseUtcDateTime(text: string): Instant | null {
  const [whole, year, month, day, hour, minute, second] = UTC_DATE_TIME.exec(text) ?? [];
  return whole ? instantOrNull(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)) : null;
}

const instantOrNull = (at: number): Instant | null => (Number.isNaN(at) ? null : at);
