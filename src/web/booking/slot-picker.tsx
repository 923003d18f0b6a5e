/** The times of one event type, by week or by month in the visitor's zone, updated live. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { localDate } from '../../time/local-time.ts';
import type { LiveClient } from '../live/client.ts';
import { say } from '../words.ts';
import { Choices, LengthChoice } from './choices.tsx';
import { type ChosenSlot, useChosenSlot } from './chosen-slot.ts';
import { groupByDay } from './days.ts';
import { useFocusOnArrival } from './focus-on-arrival.ts';
import { type PageEventType, useAvailability, useNow, useOnline } from './hooks.ts';
import { DelayNotice } from './loading.tsx';
import { NoEventType } from './missing.tsx';
import { MonthAndDay } from './month-and-day.tsx';
import { useHeadingFocus } from './navigation.ts';
import { usePreferences, useZoneWriter } from './preferences.ts';
import { problemOf } from './problems.ts';
import { Description } from './rich-text.tsx';
import { useShownDays } from './shown-days.ts';
import { StepButtons } from './step-buttons.tsx';
import { asksWhole, wholeTime } from './times.ts';
import { SkeletonWeek, Week } from './week.tsx';
import { eventTypeHostsInWords, incompleteNotice, lengthMs, spanInWords } from './wording.ts';
import { ZoneChooser } from './zone-chooser.tsx';

export interface SlotPickerProps {
  readonly client: LiveClient;
  readonly eventType: PageEventType;
  /** Of the booking, ISO 8601; null: that of the booking that is moved. */
  readonly length: string | null;
  readonly onLength?: (length: string) => void;
  /** The event type's; null: none. */
  readonly description?: string | null;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  /** The start whose days are shown first; null: today's. */
  readonly lastChosen: number | null;
  /** The start that a link named. */
  readonly chosen: number | null;
  /** The start whose hold is being requested. */
  readonly pending: number | null;
  /** That takes longer, as the server's challenge is being solved. */
  readonly checking?: boolean;
  readonly onChoose: (start: number) => void;
  /** Token, present start and length in milliseconds of the booking that is being moved. */
  readonly rescheduled?: { readonly token: string; readonly start: number; readonly length: number };
  readonly lead?: ComponentChildren;
  /** Stands at the foot of the window, where a visitor who has scrolled sees it, and moves no time. */
  readonly notice?: ComponentChildren;
  /** Renders the part below the times, given the state of the chosen slot. */
  readonly foot?: (chosenSlot: Pick<ChosenSlot, 'slot' | 'gone'>) => ComponentChildren;
}

export function SlotPicker({
  client,
  eventType,
  length,
  onLength,
  zone,
  onZone,
  chosen,
  pending,
  checking = false,
  rescheduled,
  ...props
}: SlotPickerProps) {
  const { lastChosen, onChoose, lead, description, notice: problemNotice, foot } = props;
  const heading = useHeadingFocus<HTMLHeadingElement>();
  const now = useNow();
  const { view } = usePreferences();
  const shown = useShownDays(view, zone, now, lastChosen);
  const { days, from, to } = shown;
  const whole = asksWhole(eventType, Date.parse(to) - Date.parse(from));
  const window = {
    ...{ eventType: eventType.id, from, to },
    ...(rescheduled ? { rescheduling: rescheduled.token } : length ? { length } : {}),
  };
  const span = rescheduled?.length ?? lengthMs(length ?? eventType.length);
  const { held, live, delayed, fault, fresh, announcement, skew } = useAvailability(client, window, whole);
  const isOnline = useOnline();
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const delay = useMemo(() => delayed && problemOf(delayed, clock()), [delayed, clock]);
  const writer = useZoneWriter(zone);
  const serverNow = now + skew;
  const slots = useMemo(() => {
    const open = held?.slots.filter(({ start }) => Date.parse(start) >= serverNow) ?? null;
    return open?.map((slot) => wholeTime(slot, eventType, span)) ?? null;
  }, [held, serverNow, eventType, span]);
  const chosenSlot = useChosenSlot(chosen, slots, from, to);
  const grouped = useMemo(() => slots && groupByDay(days, slots), [days, slots]);
  const next = held?.nextAvailable == null ? null : Date.parse(held.nextAvailable);
  const goToNext = useFocusOnArrival();

  // A link to a time may arrive later, by the address bar.
  useEffect(() => {
    if (chosen !== null && (chosen < Date.parse(from) || chosen >= Date.parse(to)))
      shown.goTo(localDate(zone, chosen));
  }, [chosen]);

  // On a month's last days there may be nothing left in it: the visitor begins where there is.
  const isSpent = view === 'month' && shown.isUntouched && slots?.length === 0;
  useEffect(() => {
    if (isSpent && next !== null) shown.settleOn(localDate(zone, next));
  }, [isSpent, next]);

  // The chosen time must not lie behind the panel that covers the foot of the page.
  const loaded = slots !== null;
  useEffect(() => {
    if (chosen === null || !loaded) return;
    document.querySelector('.time[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, loaded]);

  if (fault?.code === 'NOT_FOUND' && !rescheduled) return <NoEventType />;
  const hostNames = eventType.hosts.map(({ name }) => name);
  const notice = held && incompleteNotice(held);
  const [first, last] = [days[0]?.start ?? now, days.at(-1)?.start ?? now];
  /** The first time from there on, of those that are shown or of those after them. */
  const jump = (after: number) => {
    const found = slots?.find(({ start }) => Date.parse(start) >= after);
    const start = found ? Date.parse(found.start) : next;
    if (start === null) return null;
    const date = localDate(zone, start);
    return (
      <button
        type="button"
        class="button next-available"
        data-next={date}
        onClick={() => {
          shown.goTo(date);
          goToNext(date);
        }}
      >
        {say('picker.next', { day: `${writer.weekday(start)} ${writer.dayMonth(start)}` })}
      </button>
    );
  };
  const times = {
    ...{ etag: held?.etag ?? '', writer, fresh, chosen, pending, eventType, onChoose },
    current: rescheduled?.start ?? null,
  };
  return (
    <main
      class="page"
      data-live={live ? 'live' : 'connecting'}
      data-state="ready"
      data-step="times"
      data-view={view}
    >
      {lead}
      <header class="head">
        <h1 ref={heading} tabIndex={-1}>
          {rescheduled ? say('move.title') : eventType.title}
        </h1>
        <p class="facts">
          {rescheduled && `${eventType.title} · `}
          {spanInWords(span)} ·{' '}
          {say('hosts.with', { hosts: eventTypeHostsInWords(eventType.scheduling, hostNames) })}
        </p>
        <Description text={description} />
      </header>
      <div class="bar">
        <StepButtons
          unit={view}
          isFirst={shown.isFirst}
          isLast={held !== null && next === null}
          onStep={shown.step}
          heading={view === 'week' ? writer.days(first, last) : writer.month(last)}
        />
        <ZoneChooser zone={zone} onChange={onZone} now={now} />
      </div>
      <div class="choices">
        {length !== null && onLength && eventType.lengths.length > 1 && (
          <LengthChoice lengths={eventType.lengths} length={length} onChoose={onLength} />
        )}
        <Choices />
      </div>
      <div class="pulse">
        <span class={live ? 'badge badge-live' : 'badge'}>
          {say(
            live ? 'live.live' : !isOnline ? 'live.offline' : held ? 'live.reconnecting' : 'live.connecting',
          )}
        </span>
        <span class="said" role="status" aria-live="polite">
          {pending === null ? announcement : say(checking ? 'hold.checking' : 'hold.holding')}
        </span>
      </div>
      {notice && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      {fault ? (
        <p class="notice" role="alert">
          {say('picker.failed')}
        </p>
      ) : view === 'month' ? (
        <MonthAndDay
          shown={shown}
          grouped={grouped}
          hasNext={held === null || next !== null}
          times={times}
          jump={jump}
        >
          <DelayNotice problem={delay} clock={clock} />
        </MonthAndDay>
      ) : grouped ? (
        <>
          <Week {...times} days={grouped} />
          {slots?.length === 0 && <div class="jump">{jump(0)}</div>}
        </>
      ) : (
        <>
          <DelayNotice problem={delay} clock={clock} />
          <SkeletonWeek />
        </>
      )}
      <div class="dock">
        {problemNotice}
        {foot?.({ slot: chosenSlot.slot, gone: chosenSlot.gone || (chosen !== null && chosen < serverNow) })}
      </div>
    </main>
  );
}
