/**
 * Expands a recurrence rule to wall-clock times, in order (RFC 5545 §3.3.10). ical.js has an iterator, but it lacks
 * BYWEEKNO and most of BYSETPOS, doesn't keep the order, and can't be limited.
 */

import { civilFromDay, dayFromCivil, daysInMonth, weekdayOf } from '../../time/civil-date.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../time/clock.ts';
import type { StepBudget } from './limits.ts';
import type { Rule } from './rule.ts';
import { dayFilter, dayParts } from './rule-days.ts';

/** The step budget is spent: from this time on the occurrences are unknown. */
export interface Stopped {
  stopped: number;
}

interface Period {
  begin: number;
  /** Midnights of the period's days; the period's own begin when it is shorter than a day. */
  bases: number[];
  /** Steps: days that were examined. */
  steps: number;
  /** Index of the next period that can have occurrences, when it isn't the following one. */
  skipTo?: number;
}

const UNIT: Partial<Record<Rule['freq'], number>> = { HOURLY: HOUR, MINUTELY: MINUTE, SECONDLY: SECOND };

/**
 * Yields DTSTART, which is always the first occurrence (§3.8.5.3), and the rule's times after it, within the range.
 * @param start a wall-clock time, as are the range's bounds
 * @param until whether a time is within UNTIL. When a rule has both COUNT and UNTIL, which is invalid, the wider one
 * counts.
 */
export function* occurrences(
  rule: Rule,
  start: number,
  range: { from: number; to: number },
  budget: StepBudget,
  until: ((wall: number) => boolean) | null = null,
): Generator<number | Stopped> {
  const { count } = rule;
  const within = (wall: number, nth: number) =>
    (count === null && !until) || (count !== null && nth <= count) || Boolean(until?.(wall));
  if (start >= range.to) return;
  if (start >= range.from) yield start;
  const periods = periodsOf(rule, start);
  const times = timesOf(rule, start);
  const oncePerPeriod = isOncePerPeriod(rule);
  let k = count === null || oncePerPeriod ? periods.indexNear(range.from) : 0;
  let nth = 1;
  for (; ; k++) {
    const period = periods.at(k);
    if (period.begin >= range.to) return;
    if (!budget.spend(period.steps)) {
      yield { stopped: Math.max(period.begin, start) };
      return;
    }
    for (const wall of wallsOf(period.bases, times, rule.bySetPos)) {
      if (wall <= start) continue;
      nth = oncePerPeriod ? k + 1 : nth + 1;
      if (wall >= range.to || !within(wall, nth)) return;
      if (!budget.spend()) {
        yield { stopped: wall };
        return;
      }
      if (wall >= range.from) yield wall;
    }
    if (period.skipTo !== undefined) k = Math.max(k, period.skipTo - 1);
  }
}

/** Whether every period has exactly one time, so that the nth needs no counting. */
const isOncePerPeriod = (rule: Rule) =>
  rule.freq !== 'YEARLY' &&
  rule.freq !== 'MONTHLY' &&
  Object.entries(rule).every(([name, value]) => !name.startsWith('by') || value === null);

function* wallsOf(bases: number[], times: number[], positions: readonly number[] | null): Generator<number> {
  if (!positions) {
    for (const base of bases) for (const time of times) yield base + time;
    return;
  }
  const size = bases.length * times.length;
  const indexes = new Set(positions.map((position) => (position > 0 ? position - 1 : size + position)));
  for (const index of [...indexes].sort((a, b) => a - b)) {
    if (index < 0 || index >= size) continue;
    yield (bases[Math.floor(index / times.length)] as number) + (times[index % times.length] as number);
  }
}

/** Times within a day, an hour, a minute or a second; parts that the rule leaves out come from DTSTART. */
function timesOf({ freq, byHour, byMinute, bySecond }: Rule, start: number): number[] {
  const own = new Date(start);
  const sorted = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);
  const hours = freq in UNIT ? [0] : sorted(byHour ?? [own.getUTCHours()]);
  const minutes =
    freq === 'MINUTELY' || freq === 'SECONDLY' ? [0] : sorted(byMinute ?? [own.getUTCMinutes()]);
  const seconds = freq === 'SECONDLY' ? [0] : sorted(bySecond ?? [own.getUTCSeconds()]);
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => hour * HOUR + minute * MINUTE + second * SECOND)),
  );
}

interface Periods {
  at(k: number): Period;
  /** Index of a period that begins no later than `wall`. */
  indexNear(wall: number): number;
}

function periodsOf(rule: Rule, start: number): Periods {
  const { freq, interval } = rule;
  const startDay = Math.floor(start / DAY);
  const first = civilFromDay(startDay);
  const parts = dayParts(rule, startDay);
  const passes = dayFilter(rule, parts);
  const unit = UNIT[freq];
  if (unit) return shortPeriods(rule, start, unit, passes);

  const days = (begin: number, ...stretches: { from: number; length: number }[]): Period => {
    const bases: number[] = [];
    let steps = 1;
    for (const { from, length } of stretches) {
      steps += length;
      for (let day = from; day < from + length; day++) if (passes(day)) bases.push(day * DAY);
    }
    return { begin: begin * DAY, bases, steps };
  };
  const month = (year: number, number: number) => ({
    from: dayFromCivil(year, number, 1),
    length: daysInMonth(year, number),
  });

  if (freq === 'YEARLY') {
    const months = [...new Set(parts.byMonth ?? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])].sort(
      (a, b) => a - b,
    );
    return {
      at(k) {
        const year = first.year + k * interval;
        return days(dayFromCivil(year, 1, 1), ...months.map((number) => month(year, number)));
      },
      indexNear: (wall) => periodBefore((civilFromDay(Math.floor(wall / DAY)).year - first.year) / interval),
    };
  }
  if (freq === 'MONTHLY') {
    const index = first.year * 12 + first.month - 1;
    return {
      at(k) {
        const at = index + k * interval;
        const stretch = month(Math.floor(at / 12), (at % 12) + 1);
        return days(stretch.from, stretch);
      },
      indexNear(wall) {
        const date = civilFromDay(Math.floor(wall / DAY));
        return periodBefore((date.year * 12 + date.month - 1 - index) / interval);
      },
    };
  }
  const length = freq === 'WEEKLY' ? 7 : 1;
  const begin = freq === 'WEEKLY' ? startDay - ((weekdayOf(startDay) - rule.wkst + 7) % 7) : startDay;
  return {
    at(k) {
      const from = begin + k * interval * length;
      return days(from, { from, length });
    },
    indexNear: (wall) => periodBefore((wall / DAY - begin) / (interval * length)),
  };
}

/** Periods shorter than a day: days, hours and minutes that the rule excludes are skipped in one step. */
function shortPeriods(rule: Rule, start: number, unit: number, passes: (day: number) => boolean): Periods {
  const base = Math.floor(start / unit) * unit;
  const length = rule.interval * unit;
  const set = (numbers: readonly number[] | null) => (numbers ? new Set(numbers) : null);
  const [hours, minutes, seconds] = [rule.byHour, rule.byMinute, rule.bySecond].map(set);
  const kOf = (wall: number) => Math.ceil((wall - base) / length);
  let day = Number.NaN;
  let dayTaken = false;
  return {
    at(k) {
      const begin = base + k * length;
      const ends = (size: number) => kOf((Math.floor(begin / size) + 1) * size);
      const none = (size: number): Period => ({ begin, bases: [], steps: 1, skipTo: ends(size) });
      if (day !== Math.floor(begin / DAY)) {
        day = Math.floor(begin / DAY);
        dayTaken = passes(day);
      }
      if (!dayTaken) return none(DAY);
      const date = new Date(begin);
      if (hours && !hours.has(date.getUTCHours())) return none(HOUR);
      if (unit < HOUR && minutes && !minutes.has(date.getUTCMinutes())) return none(MINUTE);
      if (unit < MINUTE && seconds && !seconds.has(date.getUTCSeconds())) return none(SECOND);
      return { begin, bases: [begin], steps: 1 };
    },
    indexNear: (wall) => periodBefore((wall - base) / length),
  };
}

const periodBefore = (periods: number) => Math.max(0, Math.floor(periods) - 1);
