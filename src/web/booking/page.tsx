/** The page as a whole: finds the event type, then shows its weeks; or says kindly that there is none. */
import { useEffect } from 'preact/hooks';
import type { LiveClient } from '../live/client.ts';
import type { PageAddress } from './address.ts';
import { Board } from './board.tsx';
import { useEventType } from './hooks.ts';
import { Missing } from './missing.tsx';
import { SkeletonWeek } from './week.tsx';
import { hostsInWords } from './wording.ts';

export interface BookingPageProps {
  readonly client: LiveClient;
  /** Null when the path is no booking page's. */
  readonly address: PageAddress | null;
}

export function BookingPage({ client, address }: BookingPageProps) {
  const asked = useEventType(client, address);
  const eventType = asked.kind === 'found' ? asked.eventType : null;
  useEffect(() => {
    if (!eventType) return;
    const names = eventType.hosts.map(({ name }) => name);
    document.title = `${eventType.title} – ${hostsInWords(names)}`;
  }, [eventType]);
  if (eventType) return <Board client={client} eventType={eventType} />;
  if (asked.kind === 'missing') return <Missing />;
  return (
    <main class="page" data-live="connecting" data-state="loading" aria-busy="true">
      <header class="head">
        <div class="bone bone-title" />
        <div class="bone bone-line" />
      </header>
      <p class="notice" role="status" hidden={asked.kind !== 'asking' || !asked.failed}>
        The server cannot be reached just now. Trying again…
      </p>
      <SkeletonWeek />
    </main>
  );
}
