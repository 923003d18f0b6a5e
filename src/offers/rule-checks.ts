/** Checks of rules before they are stored. Each check throws SlotwireError BAD_USER_INPUT, naming the field. */
import type { DayRange, WorkingHours, ZoneChange } from '../availability/hours.ts';
import type { EventTypeRules } from '../availability/rules.ts';
import { badInput } from '../errors.ts';
import { isOneLine } from '../form/text.ts';
import { DAY, MINUTE } from '../time/clock.ts';
import { checkEventForm } from './form-checks.ts';
import type { EventTypeInput } from './rulebook.ts';

const SLUG = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
/** Longest text of a name or title. */
const TEXT_MAX = 200;
/** Longest notice, horizon or age bound of a rule, in milliseconds. */
const RULE_MAX = 366 * DAY;
const LENGTH_MAX = 31 * DAY;
/** Largest number of seats, of a weight, and of bookings in a day or week. */
const COUNT_MAX = 10_000;
const HOSTS_MAX = 1_000;
const REMINDERS_MAX = 5;
const LENGTHS_MAX = 10;

export function checkSlug(slug: string) {
  if (!SLUG.test(slug)) {
    throw badInput(
      'slug',
      'takes 1 to 64 letters, digits, dots, hyphens and underscores, and begins and ends with a letter or digit',
    );
  }
}

/** A name or title, in one line. @throws SlotwireError BAD_USER_INPUT, naming the field */
export function checkText(text: string, field: string) {
  if (text.trim() === '' || text.length > TEXT_MAX)
    throw badInput(field, `takes 1 to ${TEXT_MAX} characters`);
  if (!isOneLine(text)) throw badInput(field, 'must not hold control characters or breaks of lines');
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
  checkDuration('length', rules.length, MINUTE, LENGTH_MAX);
  checkLengths(rules);
  checkDuration('interval', rules.interval, MINUTE, LENGTH_MAX);
  checkDuration('bufferBefore', rules.bufferBefore, 0, LENGTH_MAX);
  checkDuration('bufferAfter', rules.bufferAfter, 0, LENGTH_MAX);
  checkDuration('minimumNotice', rules.minimumNotice, 0, RULE_MAX);
  if (rules.horizon !== null) checkDuration('horizon', rules.horizon, 1, RULE_MAX);
  if (rules.staleAfter !== null) checkDuration('staleAfter', rules.staleAfter, 1, RULE_MAX);
  checkCount('seats', rules.seats);
  if (rules.maxPerDay !== null) checkCount('maxPerDay', rules.maxPerDay);
  if (rules.maxPerWeek !== null) checkCount('maxPerWeek', rules.maxPerWeek);
  if (rules.maxPerAttendee !== null) checkCount('maxPerAttendee', rules.maxPerAttendee);
  if (rules.changeNotice !== null) checkDuration('changeNotice', rules.changeNotice, 0, RULE_MAX);
  checkReminders(rules.reminders);
  checkTeam(hosts, rules);
  checkEventForm(input.form);
  return input;
}

export function checkTeam(
  hosts: readonly string[],
  { scheduling, quorum, seats, hostRules }: EventTypeRules,
) {
  if (scheduling === 'SINGLE' && hosts.length !== 1) {
    throw badInput('hosts', 'SINGLE takes exactly one host');
  }
  if (hosts.length === 0) throw badInput('hosts', `${scheduling} takes at least one host`);
  if (hosts.length > HOSTS_MAX) throw badInput('hosts', `takes at most ${HOSTS_MAX}`);
  if (scheduling === 'QUORUM') {
    if (quorum === null) throw badInput('quorum', 'says how many hosts must be free; QUORUM needs it');
    if (!(quorum >= 1 && quorum <= hosts.length)) {
      throw badInput('quorum', `takes 1 to ${hosts.length}, the number of hosts`);
    }
    if (seats !== 1) throw badInput('seats', 'QUORUM has one seat');
  } else if (quorum !== null) {
    throw badInput('quorum', 'is for QUORUM alone');
  }
  const seen = new Set<string>();
  for (const [i, { host, weight, priority, fixed }] of hostRules.entries()) {
    const field = `hostRules.${i}`;
    if (!hosts.includes(host)) throw badInput(`${field}.host`, `${host} is not one of the hosts`);
    if (seen.has(host)) throw badInput(`${field}.host`, `${host} is there twice`);
    seen.add(host);
    checkCount(`${field}.weight`, weight);
    if (!Number.isInteger(priority)) throw badInput(`${field}.priority`, 'takes a whole number');
    if (fixed && scheduling !== 'ROUND_ROBIN') {
      throw badInput(
        `${field}.fixed`,
        'is for ROUND_ROBIN alone: elsewhere nobody is assigned beside others',
      );
    }
  }
  if (scheduling === 'ROUND_ROBIN' && hostRules.filter(({ fixed }) => fixed).length === hosts.length) {
    throw badInput('hostRules', 'ROUND_ROBIN needs a host that is not fixed, to be assigned');
  }
}

function checkCount(field: string, count: number) {
  if (!(count >= 1 && count <= COUNT_MAX)) throw badInput(field, `takes 1 to ${COUNT_MAX}`);
}

function checkLengths({ length, lengths }: EventTypeRules) {
  if (lengths.length > LENGTHS_MAX) throw badInput('lengths', `takes at most ${LENGTHS_MAX}`);
  for (const [i, each] of lengths.entries()) {
    checkDuration(`lengths.${i}`, each, MINUTE, LENGTH_MAX);
    if (lengths.indexOf(each) < i) throw badInput(`lengths.${i}`, 'is there twice');
  }
  if (!lengths.includes(length)) throw badInput('lengths', 'must have `length` among them');
}

function checkReminders(reminders: readonly number[]) {
  if (reminders.length > REMINDERS_MAX) throw badInput('reminders', `takes at most ${REMINDERS_MAX}`);
  for (const [i, before] of reminders.entries()) {
    checkDuration(`reminders.${i}`, before, MINUTE, RULE_MAX);
    if (reminders.indexOf(before) < i) throw badInput(`reminders.${i}`, 'is there twice');
  }
}

function checkDuration(field: string, ms: number, least: number, most: number) {
  if (ms < least)
    throw badInput(
      field,
      least === 1 ? 'must be longer than zero' : `must be at least ${least / 1000} seconds`,
    );
  if (ms > most) throw badInput(field, `must be at most ${most / DAY} days`);
}
