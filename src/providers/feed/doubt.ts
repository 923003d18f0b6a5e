/** Answers that are not believed at once: a calendar of many events that lost nearly all, an address that is not there. */
import { HOUR, type Instant, MINUTE } from '../../time/clock.ts';
import { type Doubt, type FeedCursor, longer, type Row } from './cursor.ts';

/** Of so many events, less than a tenth being left is suspicious. */
const MANY = 10;
/** Believed when it comes so often in a row, over so long. */
const TIMES = 3;
const SAME = 10 * MINUTE;
/** Also when it is another one each time: then something is alive there. */
const ANY = HOUR;

const lasts = ({ since, times }: Row, length: number, now: Instant) =>
  times >= TIMES && now - since >= length;

/**
 * What is held against an answer, with those before it.
 * @param known of the last good answer
 * @param print equal for answers that say the same
 * @returns null when it is to be believed
 */
export function doubtOf(
  known: FeedCursor | null,
  { events, print }: { events: number; print: string },
  now: Instant,
): Doubt | null {
  if (!known || known.events < MANY || events * 10 >= known.events) return null;
  const before = known.doubt;
  const same = longer(before?.print === print ? before.same : null, now);
  const all = longer(before?.all, now);
  return lasts(same, SAME, now) || lasts(all, ANY, now) ? null : { print, same, all };
}

/** Servers lose an address for a while when they are set up anew. @returns true when this one is gone for good. */
export const isGone = (refused: Row, now: Instant): boolean => lasts(refused, SAME, now);
