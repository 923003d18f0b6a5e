/** Whether the public holds so much of an event type, and so fast, that its other visitors would find nothing. */
import { BoundedMap } from '../../async/bounded-map.ts';
import type { Limiter, RateLimit } from '../../cache/port.ts';
import { type Clock, DAY, type Instant, MINUTE } from '../../time/clock.ts';

/** Holds a minute that are no pressure, however few starts are open. */
const CALM = 20;
/** One in so many of the open starts may be held in a minute without pressure. */
const SHARE = 3;
/** The open starts are those of so many milliseconds ahead, and are counted anew after `REMEMBERED`. */
const AHEAD = 30 * DAY;
const REMEMBERED = MINUTE;
/** Event types whose open starts are remembered; the least recently counted makes room. */
const REMEMBERED_TYPES = 10_000;
/** The count is only read, never refused: it is higher than any count can get in its window. */
const HOLDS: RateLimit = { count: 1_000_000_000, window: MINUTE };

/** Counts a hold of the public on the event type. @returns whether it is one too many to go without a challenge */
export type MeetsPressure = (eventType: string) => Promise<boolean>;

/** Number of starts that the event type offers in the window, as far as it is known without asking providers. */
export type CountOpenStarts = (eventType: string, window: { from: Instant; to: Instant }) => Promise<number>;

export interface PressureDeps {
  limiter: Pick<Limiter, 'tally'>;
  countOpenStarts: CountOpenStarts;
  clock: Pick<Clock, 'now'>;
}

export function createMeetsPressure({ limiter, countOpenStarts, clock }: PressureDeps): MeetsPressure {
  const counted = new BoundedMap<string, { starts: Promise<number>; until: Instant }>(REMEMBERED_TYPES);

  function openStarts(eventType: string): Promise<number> {
    const now = clock.now();
    const known = counted.get(eventType);
    if (known && now < known.until) return known.starts;
    const starts = countOpenStarts(eventType, { from: now, to: now + AHEAD });
    const entry = { starts, until: now + REMEMBERED };
    counted.delete(eventType);
    counted.set(eventType, entry);
    // A count that failed is no count. Its callers learn of the failure.
    starts.catch(() => {
      if (counted.get(eventType) === entry) counted.delete(eventType);
    });
    return starts;
  }

  return async (eventType) => {
    const { taken } = await limiter.tally(`holds:${eventType}`, HOLDS, 1);
    if (taken <= CALM) return false;
    return taken * SHARE > (await openStarts(eventType));
  };
}
