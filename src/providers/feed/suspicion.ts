/** Delays answers that look wrong: a feed that lost nearly all of its events, an address that is suddenly not found. */
import { HOUR, type Instant, MINUTE } from '../../time/clock.ts';
import { extendStreak, type FeedCursor, type Streak, type Suspicion } from './cursor.ts';

/** With at least so many events before, fewer than a tenth of them left is suspicious. */
const MIN_EVENTS = 10;
/** An answer is accepted when it repeats so often in a row, over so long. */
const MIN_REPEATS = 3;
const SAME_DURATION = 10 * MINUTE;
/** Changing answers are accepted too, after a longer time: a feed that changes is alive. */
const ANY_DURATION = HOUR;

const hasLasted = ({ since, times }: Streak, length: number, now: Instant) =>
  times >= MIN_REPEATS && now - since >= length;

/**
 * Whether an answer is suspicious, counted together with those before it.
 * @param known state of the last accepted answer
 * @param printOf gives the fingerprint of the busy time
 * @returns null when the answer is accepted
 */
export function suspicionOf(
  known: FeedCursor | null,
  { events, printOf }: { events: number; printOf: () => string },
  now: Instant,
): Suspicion | null {
  if (!known || known.events < MIN_EVENTS || events * 10 >= known.events) return null;
  const previous = known.doubt;
  const print = printOf();
  const same = extendStreak(previous?.print === print ? previous.same : null, now);
  const all = extendStreak(previous?.all, now);
  return hasLasted(same, SAME_DURATION, now) || hasLasted(all, ANY_DURATION, now)
    ? null
    : { print, same, all };
}

/**
 * A server under maintenance may answer 401 or 404 for a while.
 * @returns true when the refusal has lasted long enough to be final
 */
export const isPermanentlyRefused = (refused: Streak, now: Instant): boolean =>
  hasLasted(refused, SAME_DURATION, now);
