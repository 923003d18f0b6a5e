/** Months as the page's calendar shows them: whole weeks, of which only the month's own days are filled. */
import {
  addDays,
  civilFromDay,
  dayFromDate,
  daysInMonth,
  type LocalDate,
  weekdayOf,
} from '../../time/civil-date.ts';
import { WEEK_DAYS } from './days.ts';

/** YYYY-MM */
export type Month = string;

export const monthOf = (date: LocalDate): Month => date.slice(0, 7);

export const firstOfMonth = (month: Month): LocalDate => `${month}-01`;

export function addMonths(month: Month, count: number): Month {
  const { year, month: number } = civilFromDay(dayFromDate(firstOfMonth(month)));
  const months = year * 12 + number - 1 + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`;
}

export function daysOfMonth(month: Month): LocalDate[] {
  const first = firstOfMonth(month);
  const { year, month: number } = civilFromDay(dayFromDate(first));
  return Array.from({ length: daysInMonth(year, number) }, (_, i) => addDays(first, i));
}

/** Rows of seven; null: a day of another month. @param firstWeekday 0 for Monday to 6 for Sunday */
export function weeksOfMonth(month: Month, firstWeekday: number): (LocalDate | null)[][] {
  const days = daysOfMonth(month);
  const lead = (weekdayOf(dayFromDate(firstOfMonth(month))) - firstWeekday + WEEK_DAYS) % WEEK_DAYS;
  const cells: (LocalDate | null)[] = [...Array<null>(lead).fill(null), ...days];
  const rows = Math.ceil(cells.length / WEEK_DAYS);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: WEEK_DAYS }, (_, i) => cells[row * WEEK_DAYS + i] ?? null),
  );
}

/** What browsers know of a locale's weeks: a getter in some, a method in others. */
type WeekLocale = Intl.Locale & {
  readonly weekInfo?: { readonly firstDay: number };
  getWeekInfo?(): { readonly firstDay: number };
};

/** The day that weeks begin with, 0 for Monday to 6 for Sunday; Monday where the browser doesn't know. */
export function firstWeekdayOf(locale: string): number {
  const known: WeekLocale = new Intl.Locale(locale);
  return ((known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1) - 1;
}
