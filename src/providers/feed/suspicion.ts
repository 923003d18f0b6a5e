/** Answers that are not believed at once: a calendar of many events that lost nearly all, an address that is not there. */
import { HOUR, type Instant, MINUTE } from '../../time/clock.ts';
import { extendStreak, type FeedCursor, type Streak, type Suspicion } from './cursor.ts';

/** Of so many events, less than a tenth being left is suspicious. */
const MIN_EVENTS = 10;
/** Believed when it comes so often in a row, over so long. */
const MIN_REPEATS = 3;
const SAME_DURATION = 10 * MINUTE;
/** Also when it is another one each time: then something is alive there. */
const ANY_DURATION = HOUR;

const hasLasted = ({ since, times }: Streak, length: number, now: Instant) =>
  times >= MIN_REPEATS && now - since >= length;

/**
 * What is held against an answer, with those before it.
 * @param known of the last good answer
 * @param print equal for answers that say the same
 * @returns null when it is to be believed
 */
export function suspicionOf(
  known: FeedCursor | null,
  { events, print }: { events: number; print: string },
  now: Instant,
): Suspicion | null {
  if (!known || known.events < MIN_EVENTS || events * 10 >= known.events) return null;
  const previous = known.doubt;
  const same = extendStreak(previous?.print === print ? previous.same : null, now);
  const all = extendStreak(previous?.all, now);
  return hasLasted(same, SAME_DURATION, now) || hasLasted(all, ANY_DURATION, now)
    ? null
    : { print, same, all };
}

/** Servers lose an address for a while when they are set up anew. @returns true when this one is gone for good. */
export const isPermanentlyRefused = (refused: Streak, now: Instant): boolean =>
  hasLasted(refused, SAME_DURATION, now);
