/** Exponential backoff with jitter: the wait before a retry doubles with each failure, and differs between callers. */

export interface Backoff {
  /** The longest wait before the first retry, milliseconds; doubled with each retry after it. */
  first: number;
  /** The upper bound of all waits, milliseconds. */
  max: number;
  /** The share of each wait that is random: 0 none of it, 1 all of it ("full jitter"). */
  jitter: number;
}

/**
 * @param attempt 0 for the first retry.
 * @param random in [0, 1).
 * @returns milliseconds, not rounded.
 */
export function backoffDelay(
  { first, max, jitter }: Backoff,
  attempt: number,
  random: () => number = Math.random,
): number {
  const longest = Math.min(max, first * 2 ** attempt);
  return jitterBetween(longest * (1 - jitter), longest, random);
}

/** A random number in `[least, most)`, so that callers who started together don't retry together. Not rounded. */
export const jitterBetween = (least: number, max: number, random: () => number = Math.random): number =>
  least + (max - least) * random();
