/** What the rest of the house knows of Redis: a versioned cache, a doorbell, limits, recent answers. Losing one loses nothing. */

export interface Versioned {
  version: number;
  bytes: Buffer;
}

export interface VersionedEntry extends Versioned {
  key: string;
}

/** Values that are only ever replaced by newer versions of themselves. */
export interface VersionedCache {
  /**
   * In the order of `keys`, null for what is not there. One round trip, however many keys.
   * @throws when the cache can't be reached: ask the store then.
   */
  read(keys: readonly string[]): Promise<(Versioned | null)[]>;
  /** Keeps each entry for `ttl` milliseconds, unless the key already holds the same or a newer version. */
  write(entries: readonly VersionedEntry[], ttl: number): Promise<void>;
  close(): Promise<void>;
}

/** "The value under this key is now of this version": a doorbell, never data. The key is the cache's. */
export interface Invalidation {
  key: string;
  version: number;
}

export interface InvalidationListener {
  onInvalidation(invalidation: Invalidation): void;
  /** The line was down: any bell may have been missed, so whoever depends on one reads again. */
  onReconnect(): void;
}

export interface Topics {
  /** Reaches the listeners of every process on the same Redis, this one's included. At most once. */
  publish(invalidations: readonly Invalidation[]): Promise<void>;
  /** @returns takes the listener away again. */
  subscribe(listener: InvalidationListener): () => void;
  close(): Promise<void>;
}

/** So much within a window of time, which begins with the first that is taken. */
export interface RateLimit {
  count: number;
  /** Milliseconds, rounded up to whole seconds. */
  window: number;
}

/**
 * Limits that all processes on the same Redis share. Without Redis each process keeps its own:
 * no method rejects, and none waits longer than a second.
 */
export interface Limiter {
  /** @returns null when it was taken; else milliseconds until there is more */
  take(key: string, limit: RateLimit, points?: number): Promise<number | null>;
  /**
   * One of `most` places, for `ttl` milliseconds at the longest: a killed process gives its places back that way.
   * @returns gives the place back; null when none is free
   */
  acquire(key: string, permits: { most: number; ttl: number }): Promise<(() => void) | null>;
  /**
   * How often `key` failed in a row, and how long it is still to rest. After a rest the first to ask goes ahead (`wait`
   * 0) and the others wait until it has told how it went, for `trial` milliseconds at the longest.
   */
  enter(key: string, trial: number): Promise<{ failures: number; wait: number }>;
  /**
   * One more failure. They are forgotten `keep` milliseconds after the last; past `most` only those of who went ahead
   * after a rest count: the others were on their way before it. @returns how many there are in a row
   */
  recordFailure(key: string, limits: { most: number; ttl: number }): Promise<number>;
  /** Nobody enters for so long, unless it rests longer already; its failures are kept beyond that. */
  pause(key: string, ms: number, ttl: number): Promise<void>;
  /** It succeeded: no failures, no rest. */
  recordSuccess(key: string): Promise<void>;
}

/**
 * Slot sets that viewers may come back with at any gateway: of each question the last few, by etag, for a while. Losing
 * them costs a snapshot.
 */
export interface RecentSlotSets {
  /** Never rejects and never waits for long; what can't be kept is not kept. Keeping an etag again makes it the youngest. */
  save(queryKey: string, etag: string, bytes: Buffer): Promise<void>;
  /** Null: not known, or Redis is away. Never rejects. */
  find(queryKey: string, etag: string): Promise<Buffer | null>;
}

/** The bounds of every `Recent`. */
export const RECENT_SLOT_SETS = {
  /** Slot sets of a question: the oldest goes. */
  most: 32,
  /** Milliseconds that a question's slot sets are kept after the last of them came. */
  ttl: 600_000,
  /** Larger slot sets are not kept. */
  maxBytes: 65_536,
} as const;

/** Keys by what they hold; each kind has one codec. */
export const cacheKey = {
  calendar: (id: string) => `busy:${id}`,
  host: (id: string) => `host:${id}`,
  eventType: (id: string) => `type:${id}`,
  /** By the host's id. */
  native: (host: string) => `native:${host}`,
};

/** What bells ring for beside cached values. */
export const topicKey = {
  /** An API key that was revoked. */
  apiKey: (id: string) => `key:${id}`,
  /** A calendar's watch channels may have changed. */
  channels: (calendar: string) => `watch:${calendar}`,
};
