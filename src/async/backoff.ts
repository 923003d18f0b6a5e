/** How long to wait before the next try: longer after each failure, and never all at the same moment. */

export interface Backoff {
  /** The longest wait before the first try again, milliseconds; doubled with each try after it. */
  first: number;
  /** No wait is longer, milliseconds. */
  most: number;
  /** The share of each wait that chance may take away: 0 none of it, 1 all of it ("full jitter"). */
  jitter: number;
}

/**
 * @param attempt 0 for the first try again.
 * @param random in [0, 1).
 * @returns milliseconds, not rounded.
 */
export function backoffDelay(
  { first, most, jitter }: Backoff,
  attempt: number,
  random: () => number = Math.random,
): number {
  const longest = Math.min(most, first * 2 ** attempt);
  return jitterBetween(longest * (1 - jitter), longest, random);
}

/** Anywhere in `[least, most)`, so that what began together does not come again together. Not rounded. */
export const jitterBetween = (least: number, most: number, random: () => number = Math.random): number =>
  least + (most - least) * random();
