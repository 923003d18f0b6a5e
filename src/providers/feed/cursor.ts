/** What is kept of a feed between two rounds: what its server knows it by, what it said, and what is held against it. */
import type { Instant } from '../../time/clock.ts';
import type { Validators } from './client.ts';

/** Of the last good answer; `doubt` and `refused` came after it. */
export interface FeedCursor extends Validators {
  /** Of its content; null: there was none. */
  hash: string | null;
  /** By which whole days and floating times were read. */
  zone: string;
  /** Was there something that couldn't be read? */
  partial: boolean;
  /** How many events had an instance in the window; a series is one. */
  events: number;
  /** How often it wants to be read, in milliseconds. */
  refresh: number | null;
  /** Answers since then that say suspiciously little. */
  doubt: Suspicion | null;
  /** Answers since then that it isn't there. */
  refused: Streak | null;
}

/** How often something came in a row. */
export interface Streak {
  since: Instant;
  times: number;
}

export interface Suspicion {
  /** What the last of them says. */
  print: string;
  /** Those that say the same as the last. */
  same: Streak;
  all: Streak;
}

export const extendStreak = (streak: Streak | null | undefined, now: Instant): Streak => ({
  since: streak?.since ?? now,
  times: (streak?.times ?? 0) + 1,
});

/** Of a feed that is not known. */
export const emptyCursor = (zone: string): FeedCursor => ({
  etag: null,
  modified: null,
  hash: null,
  zone,
  partial: false,
  events: 0,
  refresh: null,
  doubt: null,
  refused: null,
});

export const writeCursor = (cursor: FeedCursor): string => JSON.stringify(cursor);

/** Null when there is none, or none of ours. */
export function readCursor(text: string | null | undefined): FeedCursor | null {
  try {
    const cursor = JSON.parse(text ?? 'null') as FeedCursor | null;
    return typeof cursor?.zone === 'string' && typeof cursor.events === 'number' ? cursor : null;
  } catch {
    return null;
  }
}
