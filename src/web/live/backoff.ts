/** How long to wait before the next try, so that many viewers of a fallen server do not return at once. */

const FIRST = 500;
const CAP = 30_000;

/**
 * The first ceiling for what a server's end tells to all viewers at once. At 2 s, 10,000 viewers come back as 5,000 a second
 * instead of 20,000; their times stay on the page meanwhile, so nobody looks at nothing.
 */
export const CROWD_FIRST = 2_000;

/**
 * Full jitter: anywhere from nothing to the doubled ceiling. Milliseconds.
 * @param attempt 0 for the first try again.
 * @param random in [0, 1).
 * @param first The ceiling of attempt 0.
 */
export function fullJitter(attempt: number, random: number, first: number = FIRST): number {
  return Math.floor(random * Math.min(CAP, first * 2 ** Math.min(attempt, 16)));
}
