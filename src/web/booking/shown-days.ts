/** Which days the page shows: a week or a month from a date on, and in a month the one day whose times stand beside it. */
import { useMemo, useState } from 'preact/hooks';
import { addDays, type LocalDate } from '../../time/civil-date.ts';
import { localDate } from '../../time/local-time.ts';
import { type ShownDay, shownDays, WEEK_DAYS, weekContaining, weekFrom, windowForDays } from './days.ts';
import { addMonths, daysOfMonth, firstOfMonth, type Month, monthOf } from './month.ts';
import type { CalendarView } from './preferences.ts';

/** The date that the visitor came to; `picked`: by choosing it, not as the first of a month. */
interface Place {
  readonly date: LocalDate;
  readonly picked: boolean;
}

export interface ShownDays {
  readonly today: LocalDate;
  readonly month: Month;
  /** In order: seven, or the month's from today on. */
  readonly days: readonly ShownDay[];
  /** The window [from, to) of these days, RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly place: Place;
  /** The visitor has gone nowhere yet, and came by no link to a time. */
  readonly isUntouched: boolean;
  /** There is nothing before these days: they begin today. */
  readonly isFirst: boolean;
  /** Goes to the day, and chooses it. */
  goTo(date: LocalDate): void;
  /** Chooses the day, unless the visitor has gone elsewhere since these days were drawn. */
  settleOn(date: LocalDate): void;
  /** Goes to the month, whose first day with times is shown then. */
  goToMonth(month: Month): void;
  /** By a week or a month. */
  step(by: 1 | -1): void;
}

/** @param first the start that is shown first; null: today's */
export function useShownDays(view: CalendarView, zone: string, now: number, first: number | null): ShownDays {
  const today = localDate(zone, now);
  const [arrival] = useState<Place>(() => ({
    date: first === null ? today : localDate(zone, first),
    picked: first !== null,
  }));
  const [place, setPlace] = useState(arrival);
  // A day that has passed, also because another zone was chosen, is today's.
  const date = place.date < today ? today : place.date;
  const month = monthOf(date);
  const week = weekContaining(date, today);
  const begin = view === 'month' ? latest(firstOfMonth(month), today) : addDays(today, week * WEEK_DAYS);
  const days = useMemo(() => {
    if (view === 'week') return weekFrom(begin, zone);
    return shownDays(
      daysOfMonth(monthOf(begin)).filter((day) => day >= begin),
      zone,
    );
  }, [view, begin, zone]);
  const goToMonth = (wanted: Month) => setPlace({ date: latest(firstOfMonth(wanted), today), picked: false });
  return {
    ...{ today, month, days, place: { date, picked: place.picked }, goToMonth },
    ...windowForDays(days),
    isUntouched: place === arrival && !arrival.picked,
    isFirst: begin === today,
    goTo: (wanted) => setPlace({ date: wanted, picked: true }),
    settleOn: (wanted) =>
      setPlace((current) => (current === place ? { date: wanted, picked: true } : current)),
    step(by) {
      if (view === 'month') goToMonth(addMonths(month, by));
      else setPlace({ date: addDays(begin, by * WEEK_DAYS), picked: false });
    },
  };
}

const latest = (a: LocalDate, b: LocalDate) => (a > b ? a : b);
