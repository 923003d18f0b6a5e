/** What rules must be like before they are stored. Each check throws SlotwireError BAD_USER_INPUT, naming the field. */
import type { DayRange, WorkingHours, ZoneChange } from '../availability/hours.ts';
import { DAY, MINUTE } from '../clock.ts';
import { badInput } from '../errors.ts';
import type { EventTypeInput } from './rulebook.ts';

const SLUG = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
/** Longest text of a name or title. */
const TEXT_MAX = 200;
/** No rule reaches further than this. */
const RULE_MAX = 366 * DAY;
const LENGTH_MAX = 31 * DAY;

export function checkSlug(slug: string) {
  if (!SLUG.test(slug)) {
    throw badInput(
      'slug',
      'takes 1 to 64 letters, digits, dots, hyphens and underscores, and begins and ends with a letter or digit',
    );
  }
}

export function checkText(text: string, field: string) {
  if (text.trim() === '' || text.length > TEXT_MAX)
    throw badInput(field, `takes 1 to ${TEXT_MAX} characters`);
}

export function checkHours(hours: WorkingHours, field: string) {
  for (const [i, range] of hours.weekly.entries()) {
    checkRange(range, `${field}.weekly.${i}`);
    if (range.days.length === 0) throw badInput(`${field}.weekly.${i}.days`, 'names no day');
  }
  const dates = new Set<string>();
  for (const [i, { date, ranges }] of hours.overrides.entries()) {
    if (dates.has(date)) throw badInput(`${field}.overrides.${i}.date`, `${date} is there twice`);
    dates.add(date);
    for (const [j, range] of ranges.entries()) checkRange(range, `${field}.overrides.${i}.ranges.${j}`);
  }
}

export function checkZoneChanges(changes: readonly ZoneChange[]) {
  const dates = new Set<string>();
  for (const [i, { from }] of changes.entries()) {
    if (dates.has(from)) throw badInput(`zoneChanges.${i}.from`, `${from} is there twice`);
    dates.add(from);
  }
}

function checkRange({ start, end }: DayRange, field: string) {
  if (end <= start) {
    throw badInput(
      `${field}.end`,
      'must be after start; for a range past midnight write one to 24:00 and one from 00:00',
    );
  }
}

/** Monday to Friday, nine to five. */
export const defaultHours = (timeZone: string): WorkingHours => ({
  timeZone,
  weekly: [{ days: [0, 1, 2, 3, 4], start: 9 * 60, end: 17 * 60 }],
  overrides: [],
});

export function checkEventType(input: EventTypeInput): EventTypeInput {
  const { rules, hosts } = input;
  checkText(input.title, 'title');
  checkSlug(input.slug);
  between('length', rules.length, MINUTE, LENGTH_MAX);
  between('interval', rules.interval, MINUTE, LENGTH_MAX);
  between('bufferBefore', rules.bufferBefore, 0, LENGTH_MAX);
  between('bufferAfter', rules.bufferAfter, 0, LENGTH_MAX);
  between('minimumNotice', rules.minimumNotice, 0, RULE_MAX);
  if (rules.horizon !== null) between('horizon', rules.horizon, 1, RULE_MAX);
  if (rules.staleAfter !== null) between('staleAfter', rules.staleAfter, 1, RULE_MAX);
  if (!(rules.seats >= 1 && rules.seats <= 10_000)) throw badInput('seats', 'takes 1 to 10000');
  if (hosts.length !== 1) throw badInput('hosts', 'SINGLE takes exactly one host');
  return input;
}

function between(field: string, ms: number, least: number, most: number) {
  if (ms < least)
    throw badInput(
      field,
      least === 1 ? 'must be longer than zero' : `must be at least ${least / 1000} seconds`,
    );
  if (ms > most) throw badInput(field, `must be at most ${most / DAY} days`);
}
