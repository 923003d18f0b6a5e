/** Cache loader: reads rules, hosts and busy time from the store as versioned cache entries. */
import type { NativeTime } from '../availability/native.ts';
import type { EventTypeOffer, HostOffer } from '../availability/rules.ts';
import { encodeBusy, isBusyValue } from '../cache/codecs/busy.ts';
import { cacheKey, parseCacheKey } from '../cache/keys.ts';
import type { VersionedEntry } from '../cache/port.ts';
import { versionedNativeTimes } from '../store/bookings/native-time.ts';
import { UNREAD_CALENDAR } from '../store/calendars/freshness-history.ts';
import type { Store } from '../store/client.ts';
import { eventTypesByIds } from '../store/rules/event-types.ts';
import { calendarSources, hostOffers } from '../store/rules/offer-rows.ts';
import { drawVersion } from '../store/versions.ts';
import type { Clock } from '../time/clock.ts';

/** Loads entries by key; a key without a row is left out. */
export const createCacheLoader =
  (store: Store, clock: Clock) =>
  async (keys: readonly string[]): Promise<VersionedEntry[]> => {
    const ids = { busy: [] as string[], host: [] as string[], type: [] as string[], native: [] as string[] };
    for (const key of keys) {
      const { kind, id } = parseCacheKey(key);
      ids[kind].push(id);
    }
    const [calendars, hosts, types, natives] = await Promise.all([
      ids.busy.length ? calendarSources(store, ids.busy) : [],
      ids.host.length ? hostOffers(store, ids.host) : [],
      ids.type.length ? eventTypesByIds(store, ids.type) : [],
      ids.native.length ? versionedNativeTimes(store, ids.native, clock.now()) : [],
    ]);
    return [
      ...calendars.map(({ id, version, source }) => ({
        key: cacheKey.calendar(id),
        version,
        bytes: encodeBusy(source),
      })),
      ...hosts.map(({ version, host }) => ({
        key: cacheKey.host(host.id),
        version,
        bytes: encodeHost(host),
      })),
      ...natives.map(({ host, version, times }) => ({
        key: cacheKey.native(host),
        version,
        bytes: encodeNative(times),
      })),
      ...types.map((type) => ({
        key: cacheKey.eventType(type.id),
        version: type.version,
        bytes: encodeEventType({
          id: type.id,
          organisation: type.organisationId,
          hosts: type.hosts,
          rules: type.rules,
        }),
      })),
    ];
  };

/**
 * Adds a tombstone for each key that has no row any more, with a version newer than all before. A publisher of these entries
 * removes the values from the cache for its readers.
 */
export const withTombstones =
  (store: Store, load: (keys: readonly string[]) => Promise<VersionedEntry[]>) =>
  async (keys: readonly string[]): Promise<VersionedEntry[]> => {
    const entries = await load(keys);
    if (entries.length === keys.length) return entries;
    const found = new Set(entries.map(({ key }) => key));
    const version = await drawVersion(store);
    const missing = keys.filter((key) => !found.has(key));
    return [...entries, ...missing.map((key) => ({ key, version, bytes: tombstone(key) }))];
  };

const tombstone = (key: string) =>
  parseCacheKey(key).kind === 'busy' ? encodeBusy(UNREAD_CALENDAR) : encode(null);

/** Prefix of each JSON value. It must change whenever HostOffer, EventTypeOffer or NativeTime change their shape. */
const FORMAT = '3';

/** Does this version of the gateway read the format of these bytes? Other formats are a cache miss. */
export const isCurrentFormat = (key: string, bytes: Buffer): boolean =>
  parseCacheKey(key).kind === 'busy' ? isBusyValue(bytes) : bytes.subarray(0, 1).toString() === FORMAT;

const encode = (value: object | null) => Buffer.from(FORMAT + JSON.stringify(value));
const decode = (bytes: Buffer) => JSON.parse(bytes.subarray(FORMAT.length).toString());

export const encodeHost = (host: HostOffer) => encode(host);
/** Decodes bytes of the current format, which encodeHost wrote; null for a tombstone. */
export const decodeHost = (bytes: Buffer): HostOffer | null => decode(bytes);

export const encodeEventType = (type: EventTypeOffer) => encode(type);
/** Decodes bytes of the current format, which encodeEventType wrote; null for a tombstone. */
export const decodeEventType = (bytes: Buffer): EventTypeOffer | null => decode(bytes);

export const encodeNative = (times: readonly NativeTime[]) => encode(times);
/** Decodes bytes of the current format, which encodeNative wrote; null for the tombstone of a host. */
export const decodeNative = (bytes: Buffer): NativeTime[] | null => decode(bytes);
