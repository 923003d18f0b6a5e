/**
 * The cursor of a feed: validators, a hash of the content, and suspicious answers. It is stored as JSON: its field
 * names must not change.
 */
import type { Instant } from '../../time/clock.ts';
import { READER_VERSION } from '../ical-reader/reader.ts';
import type { Validators } from './client.ts';

/** State of the last accepted answer; `doubt` and `refused` describe answers since then. */
export interface FeedCursor extends Validators {
  /** Hash of the accepted content; null: none was accepted yet. */
  hash: string | null;
  /** Zone (IANA) in which all-day and floating times were read. */
  zone: string;
  /** The version of the reader that read the content. */
  reader: number;
  /** The host's addresses by which events were judged. Absent: none. */
  owner?: readonly string[];
  /** Whether some of the content could not be read. */
  partial: boolean;
  /** Of a partial read: all the time that may be taken counts as busy. */
  held: boolean;
  /** Number of events with an instance in the window; a series counts once. */
  events: number;
  /** How often the feed asks to be read, in milliseconds. */
  refresh: number | null;
  /** Answers since then with suspiciously few events. */
  doubt: Suspicion | null;
  /** Answers since then that the address doesn't exist. */
  refused: Streak | null;
}

/** A streak of similar answers: when it began and how many there were. */
export interface Streak {
  since: Instant;
  times: number;
}

export interface Suspicion {
  /** Fingerprint of the last suspicious answer. */
  print: string;
  /** The streak of answers that equal the last one. */
  same: Streak;
  all: Streak;
}

export const extendStreak = (streak: Streak | null | undefined, now: Instant): Streak => ({
  since: streak?.since ?? now,
  times: (streak?.times ?? 0) + 1,
});

/** The cursor of a feed that was never read. */
export const emptyCursor = (zone: string): FeedCursor => ({
  etag: null,
  modified: null,
  hash: null,
  zone,
  reader: READER_VERSION,
  partial: false,
  held: false,
  events: 0,
  refresh: null,
  doubt: null,
  refused: null,
});

export const writeCursor = (cursor: FeedCursor): string => JSON.stringify(cursor);

/** Null for no text, or a text that is no cursor of this provider. */
export function readCursor(text: string | null | undefined): FeedCursor | null {
  try {
    const cursor = JSON.parse(text ?? 'null') as FeedCursor | null;
    return typeof cursor?.zone === 'string' && typeof cursor.events === 'number' ? cursor : null;
  } catch {
    return null;
  }
}
