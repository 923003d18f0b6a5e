/**
 * What the other rooms know of Redis: a versioned cache, topics that carry invalidations, rate limits, recent slot sets.
 * PostgreSQL has everything else, so nothing is lost when Redis is.
 */

export interface Versioned {
  version: number;
  bytes: Buffer;
}

/** A value as a reader finds it. */
export interface FoundValue {
  version: number;
  /** Null: the value is no newer than the one that the reader has. */
  bytes: Buffer | null;
}

export interface VersionedEntry extends Versioned {
  key: string;
}

/** Versions that a reader has of some keys, in the order of all keys that it asks for. */
export type KnownVersions = readonly (number | undefined)[];

/** The cache gave the answer to another question: nothing of it may be used. */
export class MixedUpReply extends Error {
  override readonly name = 'MixedUpReply';
}

/** A cache in which a value is only ever replaced by a newer version of itself. */
export interface VersionedCache {
  /**
   * Values in the order of `keys`, null for a key without one. One round trip, however many keys.
   * @param known versions that the reader has, in the order of `keys`: values that are no newer may come without their bytes
   * @throws MixedUpReply; another error when the cache can't be reached: the store has the values then.
   */
  read(keys: readonly string[], known?: KnownVersions): Promise<(FoundValue | null)[]>;
  /** Keeps each entry for `ttl` milliseconds, unless the key already holds the same or a newer version. */
  write(entries: readonly VersionedEntry[], ttl: number): Promise<void>;
  close(): Promise<void>;
}

/** A message that the value under this key has a new version. It never carries the value. src/cache/keys.ts has the keys. */
export interface Invalidation {
  key: string;
  version: number;
}

export interface InvalidationListener {
  onInvalidation(invalidation: Invalidation): void;
  /**
   * This process publishes the invalidation: called inside `publish`, so before the change that it tells of is answered, and
   * whether or not the message gets through.
   */
  onPublish?(invalidation: Invalidation): void;
  /** The connection was lost and is back. Invalidations may have been missed, so a listener reads again what it depends on. */
  onReconnect(): void;
}

export interface Topics {
  /**
   * Reaches the listeners of every process on the same Redis, this one's included. At most once. The listeners of this process
   * learn at once that it is published.
   */
  publish(invalidations: readonly Invalidation[]): Promise<void>;
  /** @returns a function that unsubscribes the listener. */
  subscribe(listener: InvalidationListener): () => void;
  close(): Promise<void>;
}

/** At most `count` points in a window of time, which starts with the first point that is taken. */
export interface RateLimit {
  count: number;
  /** Milliseconds, rounded up to whole seconds. */
  window: number;
}

/**
 * Rate limits, permits and pauses that all processes on the same Redis share. While Redis is away each process counts for
 * itself. No method rejects, and none takes longer than a second.
 */
export interface Limiter {
  /** @returns null when the points were taken, else milliseconds until there are more. */
  take(key: string, limit: RateLimit, points?: number): Promise<number | null>;
  /**
   * Takes the points whether or not so many are left.
   * @returns the points taken in this window, these among them, and milliseconds until it ends
   */
  tally(key: string, limit: RateLimit, points: number): Promise<{ taken: number; endsIn: number }>;
  /**
   * Takes one of `most` permits for at most `ttl` milliseconds, so that a killed process gives its permits back, too.
   * @returns a function that releases the permit; null when every permit is taken.
   */
  acquire(key: string, permits: { most: number; ttl: number }): Promise<(() => void) | null>;
  /**
   * How often `key` failed in a row, and how many milliseconds it is still paused (`wait`). After a pause the first caller
   * goes ahead (`wait` 0) as a trial, and the others wait for its outcome, at most `trial` milliseconds.
   */
  enter(key: string, trial: number): Promise<{ failures: number; wait: number }>;
  /**
   * Counts one more failure. Failures are forgotten `ttl` milliseconds after the last one. From `most` on only the failure
   * of a trial counts, as the other calls were under way before the pause.
   * @returns the number of failures in a row.
   */
  recordFailure(key: string, limits: { most: number; ttl: number }): Promise<number>;
  /** Pauses the key for `ms`, unless it is paused for longer already. Its failures are kept for `ttl` beyond that. */
  pause(key: string, ms: number, ttl: number): Promise<void>;
  /** Forgets the key's failures and ends its pause. */
  recordSuccess(key: string): Promise<void>;
}

/**
 * Slot sets from which a client may resume at any gateway: the last few of each live query, by etag, for a while. When one
 * is lost the client gets a snapshot in place of a delta.
 */
export interface RecentSlotSets {
  /**
   * Never rejects, and gives up after a second. A set that is saved again becomes the youngest.
   * @param facts what viewers are given with the set beside its slots, in short; never SEVERAL_FACTS
   * @returns the facts that the set was saved with before, SEVERAL_FACTS when they differed; null: it wasn't saved, or
   * that isn't known.
   */
  save(queryKey: string, etag: string, bytes: Buffer, facts: string): Promise<string | null>;
  /** @returns null when the set is not there, or Redis is away. Never rejects. */
  find(queryKey: string, etag: string): Promise<Buffer | null>;
}

/** In place of the facts of a slot set that was given with different ones. */
export const SEVERAL_FACTS = '*';

/** The bounds of every `RecentSlotSets`. */
export const RECENT_SLOT_SETS = {
  /** The most slot sets of a query: the oldest makes room. */
  most: 32,
  /** Milliseconds that a query's slot sets are kept after the last one was saved. */
  ttl: 600_000,
  /** Slot sets larger than this are not saved. */
  maxBytes: 65_536,
} as const;
