/** The clock, passed in so that a test can control the time, and the units of time in milliseconds. */

/** Epoch milliseconds. */
export type Instant = number;

export interface Clock {
  now(): Instant;
  /** Does it differ so much from the clock that all processes share that its instants prove nothing? Absent: never. */
  isUntrusted?(): boolean;
  /** Calls back when that changes. @returns a function that ends it */
  onTrustChange?(listener: () => void): () => void;
}

/** The machine's own clock, which may be wrong and may step. */
export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds since the process began, for waits and durations: it neither steps nor is it an instant. */
export const steadyClock: Clock = { now: () => performance.now() };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
