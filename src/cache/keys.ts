/** The keys of cached values and of invalidations, `{kind}:{id}`: the only place that writes and reads their text. */

/** The key of a cached value. Each kind has one codec, and one table whose row carries the value's version. */
export type CacheKey =
  /** A calendar's busy time, by the calendar's id. */
  | { kind: 'busy'; id: string }
  /** A host's hours and calendars. */
  | { kind: 'host'; id: string }
  /** An event type's rules. */
  | { kind: 'type'; id: string }
  /** A host's holds, bookings and blocks, by the host's id. */
  | { kind: 'native'; id: string };

/** What an invalidation names: a cached value, or something that no cache holds. */
export type TopicKey =
  | CacheKey
  /** An API key that was revoked. */
  | { kind: 'key'; id: string }
  /** An organisation that was deleted. */
  | { kind: 'organisation'; id: string }
  /** An organisation whose block rules changed. */
  | { kind: 'blocked'; id: string }
  /** A calendar whose watch channels may have changed. */
  | { kind: 'watch'; id: string };

const KINDS: Record<TopicKey['kind'], { cached: boolean }> = {
  busy: { cached: true },
  host: { cached: true },
  type: { cached: true },
  native: { cached: true },
  key: { cached: false },
  organisation: { cached: false },
  watch: { cached: false },
  blocked: { cached: false },
};

const formatKey = ({ kind, id }: TopicKey): string => `${kind}:${id}`;

/** @returns null for a text that is no key, as from a newer version of the code. */
export function parseKey(text: string): TopicKey | null {
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  return isKind(kind) ? { kind, id: text.slice(colon + 1) } : null;
}

/** @throws Error for a text that names no cached value. */
export function parseCacheKey(text: string): CacheKey {
  const key = parseKey(text);
  if (key === null || !isCached(key)) throw new Error(`${text} is no cache key`);
  return key;
}

const isKind = (text: string): text is TopicKey['kind'] => Object.hasOwn(KINDS, text);
const isCached = (key: TopicKey): key is CacheKey => KINDS[key.kind].cached;

export const cacheKey = {
  calendar: (id: string) => formatKey({ kind: 'busy', id }),
  host: (id: string) => formatKey({ kind: 'host', id }),
  eventType: (id: string) => formatKey({ kind: 'type', id }),
  /** By the host's id. */
  native: (host: string) => formatKey({ kind: 'native', id: host }),
};

export const topicKey = {
  apiKey: (id: string) => formatKey({ kind: 'key', id }),
  organisation: (id: string) => formatKey({ kind: 'organisation', id }),
  blockRules: (organisation: string) => formatKey({ kind: 'blocked', id: organisation }),
  channels: (calendar: string) => formatKey({ kind: 'watch', id: calendar }),
};
