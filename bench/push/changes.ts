/** What is watched and how it changes, the same for every server that is measured: weeks of half hours, taken and given back. */
export interface Window {
  /** An event type's id. */
  eventType: string;
  from: string;
  to: string;
}

/** One of a week's slots, by number. */
export interface Change {
  taken: number | null;
  given: number | null;
}

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const PER_DAY = 16;

export const HOST_NAME = 'Host of the benchmark';

/** Of a host who works from nine to five, every day. */
export const SLOTS = 7 * PER_DAY;
export const LENGTH = 30 * MINUTE;

/** Ahead of today, so that no slot passes while it is watched. */
export const WEEK = Math.floor(Date.now() / DAY) * DAY + 2 * DAY;

export const windowOf = (eventType: string): Window => ({
  eventType,
  from: new Date(WEEK).toISOString(),
  to: new Date(WEEK + 7 * DAY).toISOString(),
});

export const startOf = (week: number, slot: number) =>
  week + Math.floor(slot / PER_DAY) * DAY + 9 * 60 * MINUTE + (slot % PER_DAY) * LENGTH;

/** The n-th change of an event type: a slot is taken, exchanged for another, and that one given back. */
export function changeOf(n: number): Change {
  const cycle = Math.floor(n / 3);
  const first = slotOf(2 * cycle);
  const second = slotOf(2 * cycle + 1);
  if (n % 3 === 0) return { taken: first, given: null };
  return n % 3 === 1 ? { taken: second, given: first } : { taken: null, given: second };
}

/** Somewhere in the week; 37 and 112 have no common divisor. */
const slotOf = (k: number) => (k * 37) % SLOTS;
