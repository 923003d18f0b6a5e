/** Seven days side by side, one below the other on a phone, each with its times as buttons. */

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { formatInstant } from '../../time/instant-text.ts';
import { isRightToLeft, say } from '../words.ts';
import { type DayTimes, type ShownDay, WEEK_DAYS } from './days.ts';
import type { PageEventType } from './hooks.ts';
import type { OfferedTime } from './times.ts';
import { offeringHostsInWords } from './wording.ts';
import { timeLabels, type ZoneWriter } from './zones.ts';

export interface WeekProps {
  readonly etag: string;
  readonly days: readonly DayTimes<OfferedTime>[];
  readonly writer: ZoneWriter;
  /** Starts that the last change added. */
  readonly fresh: ReadonlySet<number>;
  readonly chosen: number | null;
  /** The start whose hold is being requested. */
  readonly pending: number | null;
  /** The start of the booking that is being moved. */
  readonly current: number | null;
  readonly eventType: PageEventType;
  readonly onChoose: (start: number) => void;
  /** In place of the words that there are none. */
  readonly empty?: ComponentChildren;
}

export function Week(props: WeekProps) {
  const list = useRef<HTMLOListElement>(null);
  useStableFocus(list);
  return (
    <ol
      class={props.days.length === 1 ? 'days days-one' : 'days'}
      ref={list}
      data-etag={props.etag}
      onKeyDown={(event) => moveFocus(event, list.current)}
    >
      {props.days.map(({ day, slots }) => (
        <Day key={`${day.date} ${day.start}`} day={day} slots={slots} {...props} />
      ))}
    </ol>
  );
}

type DayProps = Omit<WeekProps, 'days' | 'etag'> & { day: ShownDay; slots: readonly OfferedTime[] };

function Day({ day, slots, writer, fresh, chosen, pending, current, eventType, onChoose, empty }: DayProps) {
  const item = useRef<HTMLLIElement>(null);
  const bySlot = new Map(slots.map((slot) => [Date.parse(slot.start), slot]));
  const places = useKeptPlaces([...bySlot.keys()], item);
  const labels = timeLabels(places, writer);
  const date = `${writer.weekday(day.start)} ${writer.dayMonth(day.start)}`;
  return (
    <li class={places.length > 0 ? 'day' : 'day day-empty'} data-date={day.date} ref={item}>
      <h3 tabIndex={-1}>
        <span class="weekday">{writer.weekday(day.start)}</span>{' '}
        <span class="date">{writer.dayMonth(day.start)}</span>
      </h3>
      {places.length === 0 ? (
        (empty ?? <p class="none">{say('day.none')}</p>)
      ) : (
        <ul class="times">
          {places.map((start, i) => {
            const slot = bySlot.get(start);
            if (!slot)
              return (
                <li key={start} class="taken" aria-hidden="true">
                  {labels[i]}
                </li>
              );
            const offering = offeringHostsInWords(eventType, slot.hosts);
            return (
              <li key={start}>
                <button
                  type="button"
                  class={fresh.has(start) ? 'time time-fresh' : 'time'}
                  data-start={formatInstant(start)}
                  aria-pressed={start === chosen || start === pending}
                  aria-busy={start === pending}
                  disabled={start === current}
                  onClick={() => onChoose(start)}
                >
                  {labels[i]}
                  <span class="unseen">, {date}</span>
                  {start === current && <span class="extra">{say('time.current')}</span>}
                  {eventType.seats > 1 && slot.seatsLeft !== null && start !== current && (
                    <span class="extra">{say('time.left', { count: slot.seatsLeft })}</span>
                  )}
                  {offering && (
                    <span class="extra who" title={offering.names}>
                      <span class="unseen">{say('time.with')} </span>
                      {offering.label}
                      {offering.label !== offering.names && <span class="unseen"> ({offering.names})</span>}
                    </span>
                  )}
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </li>
  );
}

/** How long a time that was taken keeps its place, and for how long again while a pointer is over its day. Milliseconds. */
const PLACE_KEPT = 8_000;

/**
 * Starts with those that were shown a moment ago: when one is taken, the others stay under the finger that is on its way to them.
 * @param starts ascending
 */
function useKeptPlaces(starts: readonly number[], item: { current: HTMLElement | null }): readonly number[] {
  const shown = useRef(new Set<number>());
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  for (const start of starts) shown.current.add(start);
  const places = [...shown.current].sort((a, b) => a - b);
  const gone = places.filter((start) => !starts.includes(start));
  const key = gone.join();
  useEffect(() => {
    if (key === '') return;
    const timer = setInterval(() => {
      if (item.current?.matches(':hover')) return;
      for (const start of key.split(',')) shown.current.delete(Number(start));
      redraw(0);
    }, PLACE_KEPT);
    return () => clearInterval(timer);
  }, [key]);
  return places;
}

/** The week's skeleton while the first answer is loading. */
export function SkeletonWeek() {
  return (
    <div class="days" aria-hidden="true">
      {Array.from({ length: WEEK_DAYS }, (_, day) => (
        <BoneDay key={day} />
      ))}
    </div>
  );
}

/** The same of one day. */
export const SkeletonDay = () => (
  <div class="days days-one" aria-hidden="true">
    <BoneDay />
  </div>
);

const BoneDay = () => (
  <div class="day">
    <div class="bone bone-day" />
    <div class="times">
      {Array.from({ length: 4 }, (_, time) => (
        <div class="bone bone-time" key={time} />
      ))}
    </div>
  </div>
);

/** The arrow keys move within a day, and to the next day that has times. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const here = document.activeElement?.closest<HTMLElement>('.time');
  if (!here || !list || event.altKey || event.ctrlKey || event.metaKey) return;
  const columns = [...list.querySelectorAll('.day')]
    .map((day) => [...day.querySelectorAll<HTMLElement>('.time:enabled')])
    .filter((times) => times.length > 0);
  const column = columns.findIndex((times) => times.includes(here));
  const row = columns[column]?.indexOf(here) ?? 0;
  const beside = (step: number) => {
    const times = columns[column + step];
    return times?.[Math.min(row, times.length - 1)];
  };
  const moves: Record<string, () => HTMLElement | undefined> = {
    ArrowDown: () => columns[column]?.[row + 1],
    ArrowUp: () => columns[column]?.[row - 1],
    ArrowRight: () => beside(isRightToLeft() ? -1 : 1),
    ArrowLeft: () => beside(isRightToLeft() ? 1 : -1),
  };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  move()?.focus();
}

/** When the time that has the focus is removed, the focus goes to the day's next time, or to its heading. */
function useStableFocus(list: { current: HTMLElement | null }): void {
  const last = useRef<{ date: string; start: string } | null>(null);
  useLayoutEffect(() => {
    const root = list.current;
    if (!root) return;
    const rememberFocus = (event: FocusEvent) => {
      const time = (event.target as HTMLElement).closest<HTMLElement>('.time');
      const date = time?.closest<HTMLElement>('.day')?.dataset.date;
      last.current = date && time?.dataset.start ? { date, start: time.dataset.start } : null;
    };
    // A removed button loses the focus during the removal; only afterwards can this be distinguished from a blur.
    const forgetFocus = ({ target }: FocusEvent) =>
      queueMicrotask(() => {
        const here = (target as HTMLElement).isConnected && document.activeElement !== target;
        const elsewhere = !root.contains(document.activeElement);
        if (here && elsewhere) last.current = null;
      });
    root.addEventListener('focusin', rememberFocus);
    root.addEventListener('focusout', forgetFocus);
    return () => {
      root.removeEventListener('focusin', rememberFocus);
      root.removeEventListener('focusout', forgetFocus);
    };
  }, []);
  useLayoutEffect(() => {
    const lost = last.current;
    if (!lost || document.activeElement !== document.body) return;
    const day = list.current?.querySelector(`[data-date="${lost.date}"]`);
    const times = [...(day?.querySelectorAll<HTMLElement>('.time') ?? [])];
    const next = times.find((time) => (time.dataset.start ?? '') >= lost.start) ?? times.at(-1);
    (next ?? day?.querySelector<HTMLElement>('h3'))?.focus();
  });
}
