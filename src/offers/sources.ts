/** Sources of an answer, read in one round trip to the cache. */
import { BoundedMap } from '../async/bounded-map.ts';
import type { NativeTime } from '../availability/native.ts';
import type { EventTypeOffer, HostOffer } from '../availability/rules.ts';
import { decodeBusy } from '../cache/codecs/busy.ts';
import { cacheKey, parseKey } from '../cache/keys.ts';
import type { FoundValue } from '../cache/port.ts';
import type { ReadThrough } from '../cache/read-through.ts';
import type { CalendarBusy } from '../calendars/source.ts';
import { UNREAD_CALENDAR } from '../store/calendars/freshness-history.ts';
import { decodeEventType, decodeHost, decodeNative } from './cache-loader.ts';

/** Decoded values kept in the process, by key: so many, and so many bytes of them, whatever the sizes of calendars. */
const DECODED_MAX = 200_000;
const DECODED_BYTES = 48 * 1024 * 1024;
/** Hosts of which what was read last is kept as one, and the bytes of the busy time that may be kept with them. */
const HOSTS_MAX = 20_000;
const HOSTS_BYTES = 24 * 1024 * 1024;

/** Of one host: the same object for as long as nothing of it is newer. It is never changed. */
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

/** A value as it was decoded, and the version that it has. */
interface Decoded {
  version: number;
  value: unknown;
  /** What it takes. */
  bytes: number;
}

/** Values by key, as they are at one time: decoded, or as they came. A key without a value is absent. */
type Found = Map<string, FoundValue | Decoded>;

/** About what a decoded value takes in memory: numbers of eight bytes for the one to three that they have as text or in a list of periods. */
const decodedSize = (encoded: Buffer) => 400 + 5 * encoded.length;

/** About what a host's values take, those that were replaced meanwhile, and its merged busy time. */
const assembledSize = ({ calendars, native }: HostSources) =>
  calendars.reduce(
    (sum, { source }) => sum + 200 + 2 * source.busy.bounds.byteLength,
    500 + 200 * native.length,
  );

export function createSources(cache: ReadThrough): Sources & SourceValues & EventTypes {
  const decoded = new BoundedMap<string, Decoded>(DECODED_MAX, {
    most: DECODED_BYTES,
    of: ({ bytes }) => bytes,
  });
  const assembled = new BoundedMap<string, HostSources>(HOSTS_MAX, { most: HOSTS_BYTES, of: assembledSize });

  /** Only what is newer than what was decoded comes with its bytes. Nothing that is known is lost meanwhile. */
  async function read(keys: readonly string[]): Promise<Found> {
    const known = new Map<string, Decoded>();
    for (const key of keys) {
      const value = decoded.get(key);
      if (value) known.set(key, value);
    }
    const found: Found = await cache.read(keys, (key) => known.get(key)?.version);
    for (const [key, value] of known) {
      const came = found.get(key);
      if (came && value.version >= came.version) found.set(key, value);
    }
    return found;
  }

  /**
   * Only this function fills `decoded`, and a key always goes with the same decoder. An older version than one that was
   * seen before, from a read that took long or a cache that missed a write, does not count.
   */
  function decode<T>(found: Found, key: string, decoder: (bytes: Buffer) => T): T | undefined {
    const entry = found.get(key);
    if (!entry) return undefined;
    if ('value' in entry) return entry.value as T;
    const known = decoded.get(key);
    if (known && known.version >= entry.version) return known.value as T;
    if (entry.bytes === null) return undefined;
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
  async function readMissing(found: Found, keys: readonly string[]) {
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return;
    for (const [key, value] of await read(missing)) found.set(key, value);
  }

  async function assemble(found: Found, ids: readonly string[]): Promise<HostSources[]> {
    await readMissing(
      found,
      ids.flatMap((id) => [cacheKey.host(id), cacheKey.native(id)]),
    );
    const hosts = ids.flatMap((id) => decode(found, cacheKey.host(id), decodeHost) ?? []);
    await readMissing(
      found,
      hosts.flatMap((host) => host.calendars.map(cacheKey.calendar)),
    );
    return hosts.map((host) => sourcesOf(found, host));
  }

  /** The same object as before when it is made of the same values, so that what is made from it can be kept with it. */
  function sourcesOf(found: Found, host: HostOffer): HostSources {
    const native = decode(found, cacheKey.native(host.id), decodeNative) ?? NO_TIMES;
    const calendars = host.calendars.map((id) => ({
      id,
      source: decode(found, cacheKey.calendar(id), decodeBusy) ?? UNREAD_CALENDAR,
    }));
    const before = assembled.get(host.id);
    const isSame =
      before?.host === host &&
      before.native === native &&
      calendars.every(({ source }, i) => before.calendars[i]?.source === source);
    if (isSame) return before;
    const sources = { host, calendars, native };
    assembled.set(host.id, sources);
    return sources;
  }

  return {
    async readValue(key) {
      const found = await read([key]);
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
      const found = await read([key, ...hostKeys(lastDecoded<EventTypeOffer>(key)?.hosts ?? [])]);
      const type = decode(found, key, decodeEventType);
      return type ? { type, hosts: await assemble(found, type.hosts) } : null;
    },
    eventType(id) {
      const key = cacheKey.eventType(id);
      return (
        lastDecoded<EventTypeOffer>(key) ??
        read([key]).then((found) => decode(found, key, decodeEventType) ?? null)
      );
    },
    async forHosts(ids) {
      return assemble(await read(hostKeys(ids)), ids);
    },
  };
}

/** Of a host without any. */
const NO_TIMES: readonly NativeTime[] = [];
