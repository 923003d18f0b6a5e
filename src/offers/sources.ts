/** Sources of an answer, read in one round trip to the cache. */
import { BoundedMap } from '../async/bounded-map.ts';
import type { NativeTime } from '../availability/native.ts';
import type { EventTypeOffer, HostOffer } from '../availability/rules.ts';
import { decodeBusy } from '../cache/codecs/busy.ts';
import { cacheKey, parseKey } from '../cache/keys.ts';
import type { Versioned } from '../cache/port.ts';
import type { ReadThrough } from '../cache/read-through.ts';
import type { CalendarBusy } from '../calendars/source.ts';
import { UNREAD_CALENDAR } from '../store/calendars/freshness-history.ts';
import { decodeEventType, decodeHost, decodeNative } from './cache-loader.ts';

/** Decoded values kept in the process, by key: so many, and so many bytes of them, whatever the sizes of calendars. */
const DECODED_MAX = 200_000;
const DECODED_BYTES = 48 * 1024 * 1024;

export interface HostSources {
  host: HostOffer;
  calendars: { id: string; source: CalendarBusy }[];
  /** Expired holds among it. */
  native: readonly NativeTime[];
}

/** Decoded value of one cache key. */
export type SourceValue =
  | { kind: 'busy'; value: CalendarBusy }
  | { kind: 'native'; value: readonly NativeTime[] }
  | { kind: 'rules' };

/** Value of host and event type keys, whose versions are compared without their contents. */
export const RULES_SOURCE: SourceValue = { kind: 'rules' };

export interface SourceValues {
  /** Current value of a key; null without one. */
  readValue(key: string): Promise<SourceValue | null>;
}

export interface Sources {
  /** @returns null when there is no such event type. */
  forEventType(id: string): Promise<{ type: EventTypeOffer; hosts: HostSources[] } | null>;
  /** In the order of `ids`, without those that don't exist. */
  forHosts(ids: readonly string[]): Promise<HostSources[]>;
}

export interface EventTypes {
  /** The event type alone, as it was last read when it was read before; null when there is none. */
  eventType(id: string): EventTypeOffer | null | Promise<EventTypeOffer | null>;
}

/** About what a decoded value takes in memory: numbers of eight bytes for the one to three that they have as text or in a list of periods. */
const decodedSize = (encoded: Buffer) => 400 + 5 * encoded.length;

export function createSources(cache: ReadThrough): Sources & SourceValues & EventTypes {
  const decoded = new BoundedMap<string, { version: number; value: unknown; bytes: number }>(DECODED_MAX, {
    most: DECODED_BYTES,
    of: ({ bytes }) => bytes,
  });

  /**
   * Only this function fills `decoded`, and a key always goes with the same decoder. An older version than one that was
   * seen before, from a read that took long or a cache that missed a write, does not count.
   */
  function decode<T>(
    found: ReadonlyMap<string, Versioned>,
    key: string,
    decoder: (bytes: Buffer) => T,
  ): T | undefined {
    const entry = found.get(key);
    if (!entry) return undefined;
    const known = decoded.get(key);
    if (known && known.version >= entry.version) return known.value as T;
    const value = decoder(entry.bytes);
    decoded.set(key, { version: entry.version, value, bytes: decodedSize(entry.bytes) });
    return value;
  }

  /** The value as last decoded, however old: a guess at which keys will be needed. */
  const lastDecoded = <T>(key: string): T | undefined => decoded.get(key)?.value as T | undefined;

  const hostKeys = (ids: readonly string[]) =>
    ids.flatMap((id) => [
      cacheKey.host(id),
      cacheKey.native(id),
      ...(lastDecoded<HostOffer>(cacheKey.host(id))?.calendars ?? []).map(cacheKey.calendar),
    ]);

  /** Reads what is still missing: nothing at all when the guesses were right. */
  async function readMissing(found: Map<string, Versioned>, keys: readonly string[]) {
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return;
    for (const [key, value] of await cache.read(missing)) found.set(key, value);
  }

  async function assemble(found: Map<string, Versioned>, ids: readonly string[]): Promise<HostSources[]> {
    await readMissing(
      found,
      ids.flatMap((id) => [cacheKey.host(id), cacheKey.native(id)]),
    );
    const hosts = ids.flatMap((id) => decode(found, cacheKey.host(id), decodeHost) ?? []);
    await readMissing(
      found,
      hosts.flatMap((host) => host.calendars.map(cacheKey.calendar)),
    );
    return hosts.map((host) => ({
      host,
      calendars: host.calendars.map((id) => ({
        id,
        source: decode(found, cacheKey.calendar(id), decodeBusy) ?? UNREAD_CALENDAR,
      })),
      native: decode(found, cacheKey.native(host.id), decodeNative) ?? [],
    }));
  }

  return {
    async readValue(key) {
      const found = await cache.read([key]);
      switch (parseKey(key)?.kind) {
        case 'busy': {
          const value = decode(found, key, decodeBusy);
          return value ? { kind: 'busy', value } : null;
        }
        case 'native': {
          const value = decode(found, key, decodeNative);
          return value ? { kind: 'native', value } : null;
        }
        default:
          return found.has(key) ? RULES_SOURCE : null;
      }
    },
    async forEventType(id) {
      const key = cacheKey.eventType(id);
      const found = await cache.read([key, ...hostKeys(lastDecoded<EventTypeOffer>(key)?.hosts ?? [])]);
      const type = decode(found, key, decodeEventType);
      return type ? { type, hosts: await assemble(found, type.hosts) } : null;
    },
    eventType(id) {
      const key = cacheKey.eventType(id);
      return (
        lastDecoded<EventTypeOffer>(key) ??
        cache.read([key]).then((found) => decode(found, key, decodeEventType) ?? null)
      );
    },
    async forHosts(ids) {
      return assemble(await cache.read(hostKeys(ids)), ids);
    },
  };
}
