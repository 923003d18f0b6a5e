/** The days that a rule includes: BYMONTH, BYWEEKNO, BYYEARDAY, BYMONTHDAY and BYDAY combined (RFC 5545 §3.3.10). */
import {
  type CivilDate,
  civilFromDay,
  dayFromCivil,
  daysInMonth,
  isLeap,
  weekdayOf,
} from '../../time/civil-date.ts';
import { FREQUENCIES, type Rule } from './rule.ts';

type DayParts = Pick<Rule, 'byMonth' | 'byWeekNo' | 'byYearDay' | 'byMonthDay' | 'byDay'>;

/** Parts that the rule leaves out come from DTSTART. */
export function dayParts(rule: Rule, start: number): DayParts {
  const { byWeekNo, byYearDay, byMonthDay, byDay } = rule;
  const { month, day } = civilFromDay(start);
  const parts = { byMonth: rule.byMonth, byWeekNo, byYearDay, byMonthDay, byDay };
  if (byYearDay || byMonthDay || byDay) return parts;
  const ownWeekday = [{ weekday: weekdayOf(start), nth: 0 }];
  if (rule.freq === 'WEEKLY' || byWeekNo) return { ...parts, byDay: ownWeekday };
  if (rule.freq === 'YEARLY') return { ...parts, byMonth: parts.byMonth ?? [month], byMonthDay: [day] };
  return rule.freq === 'MONTHLY' ? { ...parts, byMonthDay: [day] } : parts;
}

/** @returns a test whether the rule includes a day (days since 1970-01-01) */
export function dayFilter(rule: Rule, parts: DayParts): (day: number) => boolean {
  const { byMonth, byWeekNo, byYearDay, byMonthDay, byDay } = parts;
  const set = (numbers: readonly number[] | null) => (numbers ? new Set(numbers) : null);
  const [months, weeks, yearDays, monthDays] = [byMonth, byWeekNo, byYearDay, byMonthDay].map(set);
  const weekdays = new Set<number>();
  const nths: { weekday: number; nth: number }[] = [];
  // A number before a weekday counts only in monthly and yearly rules (§3.3.10).
  const allowsNth = FREQUENCIES.indexOf(rule.freq) <= 1 && !byWeekNo;
  for (const one of byDay ?? []) {
    if (one.nth === 0 || !allowsNth) weekdays.add(one.weekday);
    else nths.push(one);
  }
  const inMonth = rule.freq === 'MONTHLY' || byMonth !== null;

  return (day) => {
    const date = civilFromDay(day);
    if (months && !months.has(date.month)) return false;
    if (weeks && !isInWeek(day, rule.wkst, weeks)) return false;
    if (yearDays) {
      const nth = day - dayFromCivil(date.year, 1, 1) + 1;
      if (!yearDays.has(nth) && !yearDays.has(nth - 1 - (isLeap(date.year) ? 366 : 365))) return false;
    }
    if (monthDays) {
      const left = date.day - 1 - daysInMonth(date.year, date.month);
      if (!monthDays.has(date.day) && !monthDays.has(left)) return false;
    }
    if (!byDay || weekdays.has(weekdayOf(day))) return true;
    return nths.some(({ weekday, nth }) => weekday === weekdayOf(day) && isNth(day, date, nth, inMonth));
  };
}

function isNth(day: number, { year, month }: CivilDate, nth: number, inMonth: boolean): boolean {
  const first = inMonth ? dayFromCivil(year, month, 1) : dayFromCivil(year, 1, 1);
  const length = inMonth ? daysInMonth(year, month) : isLeap(year) ? 366 : 365;
  const fromStart = Math.floor((day - first) / 7) + 1;
  const fromEnd = Math.floor((first + length - 1 - day) / 7) + 1;
  return nth > 0 ? nth === fromStart : -nth === fromEnd;
}

/** Week one is the first with four days in the year, so days near New Year may belong to a neighbouring year's week. */
function isInWeek(day: number, wkst: number, weeks: Set<number>): boolean {
  const begin = day - ((weekdayOf(day) - wkst + 7) % 7);
  const { year } = civilFromDay(begin + 3);
  const firstWeek = weekOne(year, wkst);
  const week = (begin - firstWeek) / 7 + 1;
  const count = (weekOne(year + 1, wkst) - firstWeek) / 7;
  return weeks.has(week) || weeks.has(week - 1 - count);
}

function weekOne(year: number, wkst: number): number {
  const fourth = dayFromCivil(year, 1, 4);
  return fourth - ((weekdayOf(fourth) - wkst + 7) % 7);
}
