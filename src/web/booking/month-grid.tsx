/**
 * A month as a grid of days, in the way of WAI-ARIA's date grids: one stop for Tab, arrow keys by day and week, Home and End
 * within the week, PageUp and PageDown by month.
 */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { addDays, dayFromDate, type LocalDate, weekdayOf } from '../../time/civil-date.ts';
import { DAY } from '../../time/clock.ts';
import { isRightToLeft, pageLocale, pageWords, say } from '../words.ts';
import { addMonths, daysOfMonth, firstWeekdayOf, type Month, monthOf, weeksOfMonth } from './month.ts';
import { createZoneWriter, type ZoneWriter } from './zones.ts';

export interface MonthGridProps {
  readonly month: Month;
  /** The number of times by date; null: not known yet. */
  readonly counts: ReadonlyMap<LocalDate, number> | null;
  readonly today: LocalDate;
  /** The day whose times are shown. */
  readonly chosen: LocalDate;
  /** False where no later month has times. */
  readonly hasNext: boolean;
  readonly onChoose: (date: LocalDate) => void;
  readonly onMonth: (month: Month) => void;
}

/** Dates are written as days of UTC: a day is the same one in every zone. */
let knownWriter: ZoneWriter | undefined;
const dateWriter = () => {
  knownWriter ??= createZoneWriter('UTC', pageLocale());
  return knownWriter;
};
const middleOf = (date: LocalDate) => (dayFromDate(date) + 0.5) * DAY;

export function MonthGrid(props: MonthGridProps) {
  const { month, counts, today, chosen, onChoose } = props;
  const table = useRef<HTMLTableElement>(null);
  const first = useMemo(
    () => firstWeekdayOf(new Intl.DateTimeFormat(pageLocale()).resolvedOptions().locale),
    [],
  );
  const weeks = useMemo(() => weeksOfMonth(month, first), [month, first]);
  /** Where the arrow keys are; the chosen day until they are used, and in another month. */
  const [cursor, setCursor] = useState(chosen);
  const reached = monthOf(cursor) === month ? cursor : monthOf(chosen) === month ? chosen : `${month}-01`;
  const moved = useRef(false);
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    table.current?.querySelector<HTMLElement>(`[data-day="${reached}"]`)?.focus();
  });
  useLayoutEffect(() => setCursor(chosen), [chosen]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = targetOf(event.key, reached, first);
    if (target === null) return;
    event.preventDefault();
    const there = monthOf(target);
    if (there < monthOf(today) || (there > month && !props.hasNext)) return;
    moved.current = true;
    setCursor(target);
    if (there !== month) props.onMonth(there);
  }

  return (
    <table
      class="month"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table that keys go through.
      role="grid"
      ref={table}
      aria-labelledby="shown"
      aria-busy={counts === null}
      onKeyDown={onKeyDown}
    >
      <thead>
        <tr>
          {(weeks[1] ?? []).map((date) => (
            <th scope="col" key={date}>
              <abbr title={date ? dateWriter().longWeekday(middleOf(date)) : ''}>
                {date && dateWriter().weekday(middleOf(date))}
              </abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week, row) => (
          <tr key={`${month} ${row}`}>
            {week.map((date, i) =>
              date === null ? (
                <td key={i} />
              ) : (
                <DayCell
                  key={date}
                  date={date}
                  count={counts?.get(date) ?? null}
                  isKnown={counts !== null && date >= today}
                  isToday={date === today}
                  isChosen={date === chosen}
                  isReached={date === reached}
                  onChoose={() => {
                    setCursor(date);
                    onChoose(date);
                  }}
                />
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface DayCellProps {
  readonly date: LocalDate;
  readonly count: number | null;
  readonly isKnown: boolean;
  readonly isToday: boolean;
  readonly isChosen: boolean;
  readonly isReached: boolean;
  readonly onChoose: () => void;
}

/** A day without times can be reached by key, as its neighbours are found by it, and can't be chosen. */
function DayCell({ date, count, isKnown, isToday, isChosen, isReached, onChoose }: DayCellProps) {
  const isOpen = count !== null && count > 0;
  const name = dateWriter().longDate(middleOf(date));
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a cell of a grid.
    <td aria-selected={isChosen}>
      <button
        type="button"
        class={isOpen ? 'date-cell date-open' : 'date-cell'}
        data-day={date}
        data-times={count ?? undefined}
        tabIndex={isReached ? 0 : -1}
        aria-label={isKnown ? say('day.times', { date: name, count: count ?? 0 }) : name}
        aria-current={isToday ? 'date' : undefined}
        aria-disabled={!isOpen}
        onClick={() => isOpen && onChoose()}
      >
        {pageWords().number(Number(date.slice(8)))}
      </button>
    </td>
  );
}

/** The date that a key leads to; null for other keys. */
function targetOf(key: string, from: LocalDate, firstWeekday: number): LocalDate | null {
  const inWeek = (weekdayOf(dayFromDate(from)) - firstWeekday + 7) % 7;
  switch (key) {
    case 'ArrowLeft':
      return addDays(from, isRightToLeft() ? 1 : -1);
    case 'ArrowRight':
      return addDays(from, isRightToLeft() ? -1 : 1);
    case 'ArrowUp':
      return addDays(from, -7);
    case 'ArrowDown':
      return addDays(from, 7);
    case 'Home':
      return addDays(from, -inWeek);
    case 'End':
      return addDays(from, 6 - inWeek);
    case 'PageUp':
      return sameDayOf(addMonths(monthOf(from), -1), from);
    case 'PageDown':
      return sameDayOf(addMonths(monthOf(from), 1), from);
    default:
      return null;
  }
}

/** The 31st of a shorter month is its last day. */
function sameDayOf(month: Month, date: LocalDate): LocalDate {
  const days = daysOfMonth(month);
  return days[Math.min(Number(date.slice(8)), days.length) - 1] ?? date;
}
