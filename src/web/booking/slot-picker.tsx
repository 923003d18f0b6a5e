/** The slots of one event type, a week at a time in the visitor's zone, updated live. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { addDays } from '../../time/civil-date.ts';
import { localDate } from '../../time/local-time.ts';
import type { OfferedSlot } from '../live/availability.ts';
import type { LiveClient } from '../live/client.ts';
import { groupByDay, WEEK_DAYS, weekContaining, weekFrom, windowForDays } from './days.ts';
import { type PageEventType, useAvailability, useNow, useOnline } from './hooks.ts';
import { Arrow } from './icons.tsx';
import { DelayNotice } from './loading.tsx';
import { NoEventType } from './missing.tsx';
import { useHeadingFocus } from './navigation.ts';
import { problemOf } from './problems.ts';
import { SkeletonWeek, Week } from './week.tsx';
import { CHECKING, eventTypeHostsInWords, incompleteNotice, lengthInWords } from './wording.ts';
import { ZoneChooser } from './zone-chooser.tsx';
import { createZoneWriter } from './zones.ts';

export interface SlotPickerProps {
  readonly client: LiveClient;
  readonly eventType: PageEventType;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  /** The start whose week is shown first; null: this week. */
  readonly lastChosen: number | null;
  /** The start that a link named. */
  readonly chosen: number | null;
  /** The start whose hold is being requested. */
  readonly pending: number | null;
  /** That takes longer, as the server's challenge is being solved. */
  readonly checking?: boolean;
  readonly onChoose: (start: number) => void;
  /** Token and present start of the booking that is being moved. */
  readonly rescheduled?: { readonly token: string; readonly start: number };
  readonly lead?: ComponentChildren;
  /** Stands at the foot of the window, where a visitor who has scrolled sees it, and moves no time. */
  readonly notice?: ComponentChildren;
  /** Renders the part below the times, given the state of the chosen slot. */
  readonly foot?: (chosenSlot: Pick<ChosenSlot, 'slot' | 'gone'>) => ComponentChildren;
}

export function SlotPicker({
  client,
  eventType,
  zone,
  onZone,
  chosen,
  pending,
  checking = false,
  rescheduled,
  ...props
}: SlotPickerProps) {
  const { lastChosen, onChoose, lead, notice: problemNotice, foot } = props;
  const heading = useHeadingFocus<HTMLHeadingElement>();
  const now = useNow();
  const today = localDate(zone, now);
  const weekOf = (start: number) => weekContaining(localDate(zone, start), today);
  const [week, setWeek] = useState(() => (lastChosen === null ? 0 : weekOf(lastChosen)));
  const days = useMemo(() => weekFrom(addDays(today, week * WEEK_DAYS), zone), [today, week, zone]);
  const { from, to } = windowForDays(days);
  const availability = useAvailability(client, {
    eventType: eventType.id,
    from,
    to,
    ...(rescheduled ? { rescheduling: rescheduled.token } : {}),
  });
  const { held, live, delayed, fault, fresh, announcement, skew } = availability;
  const isOnline = useOnline();
  const clock = useMemo(() => () => Date.now() + client.skew(), [client]);
  const delay = useMemo(() => delayed && problemOf(delayed, clock()), [delayed, clock]);
  const writer = useMemo(() => createZoneWriter(zone), [zone]);
  const serverNow = now + skew;
  const slots = useMemo(
    () => held?.slots.filter(({ start }) => Date.parse(start) >= serverNow) ?? null,
    [held, serverNow],
  );
  const chosenSlot = useChosenSlot(chosen, slots, from, to);

  // A link to a time may arrive later, by the address bar.
  useEffect(() => {
    if (chosen !== null && (chosen < Date.parse(from) || chosen >= Date.parse(to))) setWeek(weekOf(chosen));
  }, [chosen]);

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
  return (
    <main class="page" data-live={live ? 'live' : 'connecting'} data-state="ready" data-step="times">
      {lead}
      <header class="head">
        <h1 ref={heading} tabIndex={-1}>
          {rescheduled ? 'Choose a new time' : eventType.title}
        </h1>
        <p class="facts">
          {rescheduled && `${eventType.title} · `}
          {lengthInWords(eventType.length)} · with {eventTypeHostsInWords(eventType.scheduling, hostNames)}
        </p>
      </header>
      <div class="bar">
        <nav class="weeks" aria-label="Week">
          <button type="button" class="step" disabled={week === 0} onClick={() => setWeek(week - 1)}>
            <Arrow back />
            <span class="unseen">Previous week</span>
          </button>
          <button type="button" class="step" onClick={() => setWeek(week + 1)}>
            <Arrow />
            <span class="unseen">Next week</span>
          </button>
          <h2 aria-live="polite">{writer.days(first, last)}</h2>
        </nav>
        <ZoneChooser zone={zone} onChange={onZone} />
      </div>
      <div class="pulse">
        <span class={live ? 'badge badge-live' : 'badge'}>
          {live ? 'Live' : !isOnline ? 'Offline' : held ? 'Reconnecting…' : 'Connecting…'}
        </span>
        <span class="said" role="status" aria-live="polite">
          {pending === null ? announcement : checking ? CHECKING : 'Holding the time for you…'}
        </span>
      </div>
      {notice && (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      {fault ? (
        <p class="notice" role="alert">
          These days cannot be shown.
        </p>
      ) : slots ? (
        <Week
          etag={held?.etag ?? ''}
          days={groupByDay(days, slots)}
          writer={writer}
          fresh={fresh}
          chosen={chosen}
          pending={pending}
          current={rescheduled?.start ?? null}
          eventType={eventType}
          onChoose={onChoose}
        />
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

interface ChosenSlot {
  readonly start: number | null;
  readonly slot: OfferedSlot | null;
  readonly gone: boolean;
}

/** The last known state of the chosen slot, also while another week is shown or no answer has come yet. */
function useChosenSlot(
  chosen: number | null,
  slots: readonly OfferedSlot[] | null,
  from: string,
  to: string,
): ChosenSlot {
  const [chosenSlot, setSeen] = useState<ChosenSlot>({ start: null, slot: null, gone: false });
  useEffect(() => {
    if (chosen === null || !slots || chosen < Date.parse(from) || chosen >= Date.parse(to)) return;
    const slot = slots.find(({ start }) => Date.parse(start) === chosen) ?? null;
    setSeen((previous) => ({
      start: chosen,
      slot: slot ?? (previous.start === chosen ? previous.slot : null),
      gone: slot === null,
    }));
  }, [chosen, slots, from, to]);
  return chosenSlot.start === chosen ? chosenSlot : { start: chosen, slot: null, gone: false };
}
