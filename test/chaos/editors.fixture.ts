/** Hosts who change their own calendars at the provider while visitors book. */
import { setTimeout as pause } from 'node:timers/promises';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { pick } from './faults/fault.fixture.ts';
import type { ChaosWorld } from './world.fixture.ts';

/** An event as a host had it in the calendar: changed, it is another one. */
export interface HostEvent {
  id: string;
  host: string;
  start: number;
  end: number;
  /** It stood there from before the first until after the second instant. */
  from: number;
  to: number;
}

export interface Edits {
  events: readonly HostEvent[];
  counts: Record<string, number>;
}

const MOST = 12;

/**
 * Until the run is over.
 * @param contested starts that visitors race for, too, of half an hour each
 */
export async function editCalendars(
  { hosts, simulator: { world } }: ChaosWorld,
  contested: readonly number[],
  random: () => number,
  over: () => boolean,
): Promise<Edits> {
  const connected = hosts.flatMap(({ id, remoteCalendar }) =>
    remoteCalendar ? [{ id, remoteCalendar }] : [],
  );
  const events: HostEvent[] = [];
  const counts = { made: 0, moved: 0, deleted: 0 };
  let stored: (HostEvent & { calendar: string })[] = [];

  function span() {
    const first = pick(random, contested);
    // Half of them lie where nobody books.
    const start = random() < 0.5 ? first : first + DAY * Math.ceil(4 * random());
    return { start, end: start + (random() < 0.8 ? 30 * MINUTE : HOUR) };
  }
  const note = (calendar: string, id: string, host: string, at: { start: number; end: number }) => {
    stored.push({ calendar, id, host, ...at, from: Date.now(), to: Number.POSITIVE_INFINITY });
  };
  function close(event: HostEvent & { calendar: string }) {
    stored = stored.filter((other) => other !== event);
    const { calendar, ...rest } = event;
    events.push({ ...rest, to: Date.now() });
  }

  while (!over()) {
    await pause((SECOND / 2) * (1 + random())); // real time: hosts change their calendars at any moment
    const known = stored.length > MOST || (stored.length > 0 && random() < 0.5) ? pick(random, stored) : null;
    if (!known) {
      const { id: host, remoteCalendar } = pick(random, connected);
      const at = span();
      note(remoteCalendar, world.createEvent(remoteCalendar, at).id, host, at);
      counts.made++;
    } else {
      close(known);
      if (random() < 0.5) {
        const at = span();
        world.moveEvent(known.calendar, known.id, at.start, at.end);
        note(known.calendar, known.id, known.host, at);
        counts.moved++;
      } else {
        world.deleteEvent(known.calendar, known.id);
        counts.deleted++;
      }
    }
  }
  return { events: [...events, ...stored.map(({ calendar, ...event }) => event)], counts };
}
