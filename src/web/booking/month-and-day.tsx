/** A month with the days that have times, and the times of one of them: beside it, on a phone below it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { say } from '../words.ts';
import type { DayTimes } from './days.ts';
import { MonthGrid } from './month-grid.tsx';
import type { ShownDays } from './shown-days.ts';
import type { OfferedTime } from './times.ts';
import { SkeletonDay, Week, type WeekProps } from './week.tsx';

export interface MonthAndDayProps {
  readonly shown: ShownDays;
  /** Null: not known yet. */
  readonly grouped: readonly DayTimes<OfferedTime>[] | null;
  readonly hasNext: boolean;
  readonly times: Omit<WeekProps, 'days' | 'empty'>;
  /** The way to the first time from an instant on. */
  readonly jump: (after: number) => ComponentChildren;
  /** Why the times are not there yet. */
  readonly children: ComponentChildren;
}

export function MonthAndDay({ shown, grouped, hasNext, times, jump, children }: MonthAndDayProps) {
  const { month, today, place } = shown;
  const counts = useMemo(
    () => grouped && new Map(grouped.map(({ day, slots }) => [day.date, slots.length])),
    [grouped],
  );
  const open = grouped?.find(({ day, slots }) => slots.length > 0 && day.date >= place.date)?.day.date;
  const date = place.picked ? place.date : (open ?? place.date);
  // The day stays the same when its last time is taken: what is shown doesn't change under the visitor's hand.
  useEffect(() => {
    if (!place.picked && open !== undefined) shown.settleOn(open);
  }, [place.picked, open]);
  const entry = grouped?.find(({ day }) => day.date === date);

  const panel = useRef<HTMLDivElement>(null);
  const chose = useRef(false);
  // On a phone the times may lie below the foot of the window.
  useLayoutEffect(() => {
    if (chose.current) panel.current?.scrollIntoView({ block: 'nearest' });
    chose.current = false;
  });
  return (
    <div class="month-and-day">
      <MonthGrid
        month={month}
        counts={counts}
        today={today}
        chosen={date}
        hasNext={hasNext}
        onMonth={shown.goToMonth}
        onChoose={(chosen) => {
          chose.current = true;
          shown.goTo(chosen);
        }}
      />
      <div class="day-panel" ref={panel}>
        {entry ? (
          <Week
            {...times}
            days={[entry]}
            empty={
              <div class="jump">
                <p class="none">{say('day.noneHere')}</p>
                {jump(entry.day.end)}
              </div>
            }
          />
        ) : (
          <>
            {children}
            <SkeletonDay />
          </>
        )}
      </div>
    </div>
  );
}
