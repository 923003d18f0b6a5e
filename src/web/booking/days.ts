/** The days that the booking page shows. In a time zone a day may have 23 or 25 hours, and may begin at 01:00. */
import { addDays, dayFromDate, type LocalDate } from '../../time/civil-date.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { startOfDate } from '../../time/local-time.ts';

export const WEEK_DAYS = 7;

/** One shown day, [start, end). */
export interface ShownDay {
  readonly date: LocalDate;
  readonly start: number;
  readonly end: number;
}

/** Dates with when they begin and end in a zone. */
export const shownDays = (dates: readonly LocalDate[], zone: string): ShownDay[] =>
  dates.map((date) => ({
    date,
    start: startOfDate(zone, date),
    end: startOfDate(zone, addDays(date, 1)),
  }));

/** The seven days that begin with a date. */
export const weekFrom = (first: LocalDate, zone: string): ShownDay[] =>
  shownDays(
    Array.from({ length: WEEK_DAYS }, (_, i) => addDays(first, i)),
    zone,
  );

/** The window [from, to) that covers these days, in RFC 3339. */
export function windowForDays(days: readonly ShownDay[]): { from: string; to: string } {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) throw new Error('A window needs a day.');
  return { from: formatInstant(first.start), to: formatInstant(last.end) };
}

export interface DayTimes<Slot> {
  readonly day: ShownDay;
  readonly slots: readonly Slot[];
}

/** Each day with its own slots, in the order given; slots outside all of the days are left out. */
export function groupByDay<Slot extends { readonly start: string }>(
  days: readonly ShownDay[],
  slots: readonly Slot[],
): DayTimes<Slot>[] {
  const starts = slots.map(({ start }) => Date.parse(start));
  const isIn = (day: ShownDay, start: number) => day.start <= start && start < day.end;
  return days.map((day) => ({ day, slots: slots.filter((_, i) => isIn(day, starts[i] ?? Number.NaN)) }));
}

/** The number of the week that contains `date`: 0 for the seven days from today on; never negative. */
export function weekContaining(date: LocalDate, today: LocalDate): number {
  return Math.max(0, Math.floor((dayFromDate(date) - dayFromDate(today)) / WEEK_DAYS));
}
