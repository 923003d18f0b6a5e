/** How long to wait before the next try, so that many viewers of a fallen server do not return at once. */

const FIRST = 500;
const CAP = 30_000;

/**
 * Full jitter: anywhere from nothing to the doubled ceiling. Milliseconds.
 * @param attempt 0 for the first try again.
 * @param random in [0, 1).
 */
export function fullJitter(attempt: number, random: number): number {
  return Math.floor(random * Math.min(CAP, FIRST * 2 ** Math.min(attempt, 16)));
}
