/** Parses RRULE (RFC 5545 §3.3.10). */
import { readTime, type Time } from './value.ts';

/** From the longest to the shortest. */
export const FREQUENCIES = [
  'YEARLY',
  'MONTHLY',
  'WEEKLY',
  'DAILY',
  'HOURLY',
  'MINUTELY',
  'SECONDLY',
] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export interface Rule {
  freq: Frequency;
  interval: number;
  count: number | null;
  until: Time | null;
  /** 0 is Monday. */
  wkst: number;
  byMonth: readonly number[] | null;
  byWeekNo: readonly number[] | null;
  byYearDay: readonly number[] | null;
  byMonthDay: readonly number[] | null;
  /** `nth` 0: every such weekday. */
  byDay: readonly { weekday: number; nth: number }[] | null;
  byHour: readonly number[] | null;
  byMinute: readonly number[] | null;
  bySecond: readonly number[] | null;
  bySetPos: readonly number[] | null;
}

export interface ReadRule {
  rule: Rule;
  /** Every part was understood. */
  complete: boolean;
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const MAX_NUMBER = 1_000_000_000;

/**
 * Null without a readable frequency. Other parts that can't be read are dropped: the rule then gives more times, not
 * fewer.
 */
export function readRule(text: string): ReadRule | null {
  const parts = new Map<string, string>();
  let complete = true;
  for (const part of text.trim().toUpperCase().split(';')) {
    if (part.trim() === '') continue;
    const [name = '', ...value] = part.split('=');
    parts.set(name.trim(), value.join('=').trim());
  }
  const takePart = (name: string) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const freq = FREQUENCIES.find((one) => one === parts.get('FREQ'));
  if (!freq) return null;
  parts.delete('FREQ');

  const positiveInteger = (name: string): number | null => {
    const value = takePart(name);
    if (value === undefined) return null;
    if (/^\+?\d+$/.test(value)) return Math.max(1, Math.min(Number(value), MAX_NUMBER));
    complete = false;
    return null;
  };
  function list<T>(name: string, read: (text: string) => T | null): T[] | null {
    const value = takePart(name);
    if (value === undefined) return null;
    const all = value.split(',').map((one) => read(one.trim()));
    const valid = all.filter((one) => one !== null);
    if (valid.length < all.length) complete = false;
    return valid.length > 0 ? valid : null;
  }
  const numbers = (name: string, min: number, max: number) =>
    list(name, (one) => {
      const number = /^[+-]?\d{1,3}$/.test(one) ? Number(one) : Number.NaN;
      const size = Math.abs(number);
      return size >= min && size <= max && (number >= 0 || min > 0) ? number : null;
    });

  const untilText = takePart('UNTIL');
  const until = untilText === undefined ? null : readTime(untilText, '', null);
  if (untilText !== undefined && !until) complete = false;
  const rule: Rule = {
    freq,
    interval: positiveInteger('INTERVAL') ?? 1,
    count: positiveInteger('COUNT'),
    until,
    wkst: Math.max(0, WEEKDAYS.indexOf(takePart('WKST') ?? 'MO')),
    byMonth: numbers('BYMONTH', 1, 12)?.map(Math.abs) ?? null,
    byWeekNo: numbers('BYWEEKNO', 1, 53),
    byYearDay: numbers('BYYEARDAY', 1, 366),
    byMonthDay: numbers('BYMONTHDAY', 1, 31),
    byDay: list('BYDAY', weekday),
    byHour: numbers('BYHOUR', 0, 23),
    byMinute: numbers('BYMINUTE', 0, 59),
    // A leap second counts as the second before (§3.3.12).
    bySecond: numbers('BYSECOND', 0, 60)?.map((second) => Math.min(second, 59)) ?? null,
    bySetPos: numbers('BYSETPOS', 1, 366),
  };
  // The remaining parts are not in RFC 5545: a calendar other than the Gregorian (RFC 7529), or a typing mistake.
  for (const [name, value] of parts) {
    const harmless = name.startsWith('X-') || value === (name === 'RSCALE' ? 'GREGORIAN' : 'OMIT');
    if (!harmless) complete = false;
  }
  return { rule, complete };
}

function weekday(text: string): { weekday: number; nth: number } | null {
  const parts = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(text);
  if (!parts) return null;
  const nth = Number(parts[1] ?? 0);
  return Math.abs(nth) <= 53 ? { weekday: WEEKDAYS.indexOf(parts[2] as string), nth } : null;
}
