/** The times of one event type: who and how long, the week in the visitor's zone, kept true live. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { addDays } from '../../time/civil-date.ts';
import { localDate } from '../../time/local-time.ts';
import type { OfferedSlot } from '../live/availability.ts';
import type { LiveClient } from '../live/client.ts';
import { groupByDay, WEEK_DAYS, weekFrom, weekHolding, windowOf } from './days.ts';
import { type PageEventType, useAvailability, useNow } from './hooks.ts';
import { Arrow } from './icons.tsx';
import { Missing } from './missing.tsx';
import { useArrival } from './navigation.ts';
import { SkeletonWeek, Week } from './week.tsx';
import { lengthInWords, noticeOf, withWhom } from './wording.ts';
import { ZoneChooser } from './zone-chooser.tsx';
import { createZoneWriter } from './zones.ts';

export interface BoardProps {
  readonly client: LiveClient;
  readonly eventType: PageEventType;
  readonly zone: string;
  readonly onZone: (zone: string) => void;
  /** Whose week the times open at; null: today's. */
  readonly shown: number | null;
  /** A start that a link named. */
  readonly chosen: number | null;
  /** A start that the server is being asked for. */
  readonly asking: number | null;
  readonly onChoose: (start: number) => void;
  /** Of the booking that is to be moved: its token, and where it stands. */
  readonly moving?: { readonly token: string; readonly start: number };
  readonly lead?: ComponentChildren;
  readonly notice?: ComponentChildren;
  /** What stands below the times, given what is known of the chosen one. */
  readonly foot?: (seen: Pick<Seen, 'slot' | 'gone'>) => ComponentChildren;
}

export function Board({ client, eventType, zone, onZone, chosen, asking, moving, ...props }: BoardProps) {
  const { shown, onChoose, lead, notice: trouble, foot } = props;
  const heading = useArrival<HTMLHeadingElement>();
  const now = useNow();
  const today = localDate(zone, now);
  const weekOf = (start: number) => weekHolding(localDate(zone, start), today);
  const [week, setWeek] = useState(() => (shown === null ? 0 : weekOf(shown)));
  const days = useMemo(() => weekFrom(addDays(today, week * WEEK_DAYS), zone), [today, week, zone]);
  const { from, to } = windowOf(days);
  const watched = useAvailability(client, {
    eventType: eventType.id,
    from,
    to,
    ...(moving ? { rescheduling: moving.token } : {}),
  });
  const { held, live, fault, fresh, said, skew } = watched;
  const writer = useMemo(() => createZoneWriter(zone), [zone]);
  const serverNow = now + skew;
  const slots = useMemo(
    () => held?.slots.filter(({ start }) => Date.parse(start) >= serverNow) ?? null,
    [held, serverNow],
  );
  const seen = useSeen(chosen, slots, from, to);

  // A link to a time may arrive later, by the address bar.
  useEffect(() => {
    if (chosen !== null && (chosen < Date.parse(from) || chosen >= Date.parse(to))) setWeek(weekOf(chosen));
  }, [chosen]);

  // Keeps the chosen time clear of the panel that covers the foot of the page.
  const answered = slots !== null;
  useEffect(() => {
    if (chosen === null || !answered) return;
    document.querySelector('.time[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, answered]);

  if (fault?.code === 'NOT_FOUND' && !moving) return <Missing />;
  const names = eventType.hosts.map(({ name }) => name);
  const notice = held && noticeOf(held);
  const [first, last] = [days[0]?.start ?? now, days.at(-1)?.start ?? now];
  return (
    <main class="page" data-live={live ? 'live' : 'connecting'} data-state="ready" data-step="times">
      {lead}
      <header class="head">
        <h1 ref={heading} tabIndex={-1}>
          {moving ? 'Choose a new time' : eventType.title}
        </h1>
        <p class="facts">
          {moving && `${eventType.title} · `}
          {lengthInWords(eventType.length)} · with {withWhom(eventType.scheduling, names)}
        </p>
      </header>
      {trouble}
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
          {live ? 'Live' : held ? 'Reconnecting…' : 'Connecting…'}
        </span>
        <span class="said" role="status" aria-live="polite">
          {asking === null ? said : 'Holding the time for you…'}
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
          asking={asking}
          current={moving?.start ?? null}
          eventType={eventType}
          onChoose={onChoose}
        />
      ) : (
        <SkeletonWeek />
      )}
      {foot?.({ slot: seen.slot, gone: seen.gone || (chosen !== null && chosen < serverNow) })}
    </main>
  );
}

interface Seen {
  readonly start: number | null;
  readonly slot: OfferedSlot | null;
  readonly gone: boolean;
}

/** What was last known of the chosen slot: also while another week is shown, or none yet. */
function useSeen(
  chosen: number | null,
  slots: readonly OfferedSlot[] | null,
  from: string,
  to: string,
): Seen {
  const [seen, setSeen] = useState<Seen>({ start: null, slot: null, gone: false });
  useEffect(() => {
    if (chosen === null || !slots || chosen < Date.parse(from) || chosen >= Date.parse(to)) return;
    const slot = slots.find(({ start }) => Date.parse(start) === chosen) ?? null;
    setSeen((before) => ({
      start: chosen,
      slot: slot ?? (before.start === chosen ? before.slot : null),
      gone: slot === null,
    }));
  }, [chosen, slots, from, to]);
  return seen.start === chosen ? seen : { start: chosen, slot: null, gone: false };
}
