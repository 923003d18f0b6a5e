/** Seven days side by side (one below the other on a phone), each with its times as buttons. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatInstant } from '../../time/instant-text.ts';
import type { OfferedSlot } from '../live/availability.ts';
import { type ShownDay, WEEK_DAYS } from './days.ts';
import type { PageEventType } from './hooks.ts';
import { whoOf } from './wording.ts';
import { timeLabels, type ZoneWriter } from './zones.ts';

export interface WeekProps {
  readonly etag: string;
  readonly days: readonly { readonly day: ShownDay; readonly slots: readonly OfferedSlot[] }[];
  readonly writer: ZoneWriter;
  /** Starts that just came. */
  readonly fresh: ReadonlySet<number>;
  readonly chosen: number | null;
  /** The start that the visitor asked for and the server has not answered about. */
  readonly asking: number | null;
  /** The start of the booking that is to be moved. */
  readonly current: number | null;
  readonly eventType: PageEventType;
  readonly onChoose: (start: number) => void;
}

export function Week(props: WeekProps) {
  const list = useRef<HTMLOListElement>(null);
  useKeptFocus(list);
  return (
    <ol class="days" ref={list} data-etag={props.etag} onKeyDown={(event) => moveFocus(event, list.current)}>
      {props.days.map(({ day, slots }) => (
        <Day key={day.date} day={day} slots={slots} {...props} />
      ))}
    </ol>
  );
}

type DayProps = Omit<WeekProps, 'days' | 'etag'> & { day: ShownDay; slots: readonly OfferedSlot[] };

function Day({ day, slots, writer, fresh, chosen, asking, current, eventType, onChoose }: DayProps) {
  const labels = timeLabels(
    slots.map(({ start }) => Date.parse(start)),
    writer,
  );
  return (
    <li class={slots.length > 0 ? 'day' : 'day day-empty'} data-date={day.date}>
      <h3 tabIndex={-1}>
        <span class="weekday">{writer.weekday(day.start)}</span>{' '}
        <span class="date">{writer.dayMonth(day.start)}</span>
      </h3>
      {slots.length === 0 ? (
        <p class="none">No times</p>
      ) : (
        <ul class="times">
          {slots.map((slot, i) => {
            const start = Date.parse(slot.start);
            const who = whoOf(eventType, slot.hosts);
            return (
              <li key={start}>
                <button
                  type="button"
                  class={fresh.has(start) ? 'time time-fresh' : 'time'}
                  data-start={formatInstant(start)}
                  aria-pressed={start === chosen || start === asking}
                  aria-busy={start === asking}
                  disabled={start === current}
                  onClick={() => onChoose(start)}
                >
                  {labels[i]}
                  {start === current && <span class="extra">booked now</span>}
                  {eventType.seats > 1 && start !== current && (
                    <span class="extra">{slot.seatsLeft} left</span>
                  )}
                  {who && (
                    <span class="extra who" title={who}>
                      <span class="unseen">with </span>
                      {who}
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

/** The week's shape while nothing is known yet. */
export function SkeletonWeek() {
  return (
    <div class="days" aria-hidden="true">
      {Array.from({ length: WEEK_DAYS }, (_, day) => (
        <div class="day" key={day}>
          <div class="bone bone-day" />
          <div class="times">
            {Array.from({ length: 4 }, (_, time) => (
              <div class="bone bone-time" key={time} />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}

/** Up and down within a day, left and right to the next day that has times. */
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
    ArrowRight: () => beside(1),
    ArrowLeft: () => beside(-1),
  };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  move()?.focus();
}

/** When the time that has the focus is taken away, the focus stays near: the day's next time, or its heading. */
function useKeptFocus(list: { current: HTMLElement | null }): void {
  const last = useRef<{ date: string; start: string } | null>(null);
  useLayoutEffect(() => {
    const root = list.current;
    if (!root) return;
    const remember = (event: FocusEvent) => {
      const time = (event.target as HTMLElement).closest<HTMLElement>('.time');
      const date = time?.closest<HTMLElement>('.day')?.dataset.date;
      last.current = date && time?.dataset.start ? { date, start: time.dataset.start } : null;
    };
    // A removed button loses the focus too, in the midst of the removal: only afterwards can the two be told apart.
    const forget = ({ target }: FocusEvent) =>
      queueMicrotask(() => {
        const here = (target as HTMLElement).isConnected && document.activeElement !== target;
        const elsewhere = !root.contains(document.activeElement);
        if (here && elsewhere) last.current = null;
      });
    root.addEventListener('focusin', remember);
    root.addEventListener('focusout', forget);
    return () => {
      root.removeEventListener('focusin', remember);
      root.removeEventListener('focusout', forget);
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
