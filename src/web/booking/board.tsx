/** One event type: who and how long, the week in the visitor's zone, and the chosen time. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { LiveClient } from '../live/client.ts';
import type { OfferedSlot } from '../live/slots.ts';
import { Chosen } from './chosen.tsx';
import { addDays, dateAt, groupByDay, WEEK_DAYS, weekFrom, weekHolding, windowOf } from './days.ts';
import { type PageEventType, useAvailability, useChosen, useNow } from './hooks.ts';
import { Missing } from './missing.tsx';
import { SkeletonWeek, Week } from './week.tsx';
import { hostsInWords, lengthInWords, lengthOf, noticeOf } from './wording.ts';
import { ZoneChooser } from './zone-chooser.tsx';
import { createZoneWriter, visitorZone } from './zones.ts';

export function Board({ client, eventType }: { client: LiveClient; eventType: PageEventType }) {
  const [zone, setZone] = useState(visitorZone);
  const [chosen, choose] = useChosen();
  const now = useNow();
  const today = dateAt(now, zone);
  const [week, setWeek] = useState(() => (chosen === null ? 0 : weekHolding(dateAt(chosen, zone), today)));
  const days = useMemo(() => weekFrom(addDays(today, week * WEEK_DAYS), zone), [today, week, zone]);
  const { from, to } = windowOf(days);
  const watched = useAvailability(client, { eventType: eventType.id, from, to });
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
    if (chosen !== null && (chosen < Date.parse(from) || chosen >= Date.parse(to))) {
      setWeek(weekHolding(dateAt(chosen, zone), today));
    }
  }, [chosen]);

  // Keeps the chosen time clear of the panel that covers the foot of the page.
  const answered = slots !== null;
  useEffect(() => {
    if (chosen === null || !answered) return;
    document.querySelector('.time[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, answered]);

  if (fault?.code === 'NOT_FOUND') return <Missing />;
  const names = eventType.hosts.map(({ name }) => name);
  const notice = held && noticeOf(held);
  const [first, last] = [days[0]?.start ?? now, days.at(-1)?.start ?? now];
  return (
    <main class="page" data-live={live ? 'live' : 'connecting'} data-state="ready">
      <header class="head">
        <h1>{eventType.title}</h1>
        <p class="facts">
          {lengthInWords(eventType.length)} · with {hostsInWords(names)}
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
        <ZoneChooser zone={zone} onChange={setZone} />
      </div>
      <div class="pulse">
        <span class={live ? 'badge badge-live' : 'badge'}>
          {live ? 'Live' : held ? 'Reconnecting…' : 'Connecting…'}
        </span>
        <span class="said" role="status" aria-live="polite">
          {said}
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
          showSeats={eventType.seats > 1}
          onChoose={choose}
        />
      ) : (
        <SkeletonWeek />
      )}
      {chosen !== null && (
        <Chosen
          start={chosen}
          end={seen.slot ? Date.parse(seen.slot.end) : chosen + lengthOf(eventType.length)}
          zone={zone}
          gone={seen.gone || chosen < serverNow}
          onClose={() => choose(null)}
        />
      )}
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

function Arrow({ back = false }: { back?: boolean }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d={back ? 'M12.5 4.5 7 10l5.5 5.5' : 'M7.5 4.5 13 10l-5.5 5.5'} />
    </svg>
  );
}
