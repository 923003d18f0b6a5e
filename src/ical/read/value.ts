/** Parses property values: dates, times, durations and periods (RFC 5545 §3.3), including common deviations. */

import { dayFromCivil, daysInMonth } from '../../time/civil-date.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../time/clock.ts';
import { plainZoneName } from './zone-name.ts';

/** A time as it is written, before its zone is known. */
export interface Time {
  /** Wall-clock time in milliseconds, as if it were UTC. */
  wall: number;
  /** `local`: in the zone that TZID names, or floating. */
  form: 'date' | 'utc' | 'local';
  /** The plain name of its zone, which may be empty; null: the time names no zone. */
  tzid: string | null;
}

/** Days follow the wall clock, the rest is exact time (§3.3.6). Both are negative or neither is. */
export interface Duration {
  days: number;
  exact: number;
}

export interface Period {
  start: Time;
  end: Time | Duration;
}

const TIME = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** @param type VALUE, lower case. @param tzid as it is written; null: none. @returns null when the text is no time */
export function readTime(text: string, type: string, tzid: string | null): Time | null {
  const parts = TIME.exec(text.trim());
  if (!parts) return null;
  const [year = 0, month = 0, day = 0] = parts.slice(1, 4).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const date = dayFromCivil(year, month, day) * DAY;
  // The text's form decides when VALUE doesn't; VALUE=DATE makes any time a date.
  if (parts[4] === undefined || type === 'date') return { wall: date, form: 'date', tzid: null };
  const [hour, minute] = [Number(parts[4]), Number(parts[5])];
  // A leap second counts as the second before (§3.3.12).
  const second = Math.min(Number(parts[6] ?? 0), 59);
  if (hour > 24 || minute > 59 || (hour === 24 && minute + second > 0)) return null;
  const wall = date + hour * HOUR + minute * MINUTE + second * SECOND;
  const zone = parts[7];
  if (zone === undefined) return { wall, form: 'local', tzid: tzid === null ? null : plainZoneName(tzid) };
  return { wall: wall - offsetOf(zone), form: 'utc', tzid: null };
}

function offsetOf(text: string): number {
  return /^z$/i.test(text) ? 0 : (readOffset(text) ?? 0);
}

/** UTC-OFFSET (§3.3.14), in milliseconds; a missing plus, colons, and hours alone or of one digit are tolerated. */
export function readOffset(text: string): number | null {
  const parts = /^([+-]?)(\d{1,2})(?::?([0-5]\d)(?::?([0-5]\d))?)?$/.exec(text.trim());
  if (!parts) return null;
  const size = Number(parts[2]) * HOUR + Number(parts[3] ?? 0) * MINUTE + Number(parts[4] ?? 0) * SECOND;
  if (size >= DAY) return null;
  return parts[1] === '-' ? -size : size;
}

const DURATION =
  /^([+-])?P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})S)?)?$/i;

export function readDuration(text: string): Duration | null {
  const parts = DURATION.exec(text.trim());
  if (!parts) return null;
  const sign = parts[1] === '-' ? -1 : 1;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(2)
    .map((part) => Number(part ?? 0));
  return {
    days: sign * (weeks * 7 + days),
    exact: sign * (hours * HOUR + minutes * MINUTE + seconds * SECOND),
  };
}

export function readPeriod(text: string, tzid: string | null): Period | null {
  const [from = '', to = '', ...more] = text.split('/');
  const start = readTime(from, 'date-time', tzid);
  const end = readTime(to, 'date-time', tzid) ?? readDuration(to);
  return start && start.form !== 'date' && end && more.length === 0 ? { start, end } : null;
}

/** A TEXT value (§3.3.11) without its escapes; a line break becomes a space. */
export const unescapeText = (value: string): string =>
  value.replace(/\\([\\;,:"nN])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? ' ' : escaped));

/** A TEXT value on one line, without control characters. Null when it is empty. */
export function readText(value: string): string | null {
  const text = unescapeText(value.slice(0, 2_000))
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .trim();
  return text === '' ? null : text;
}
