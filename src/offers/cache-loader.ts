/** What the cache is a copy of: reads rules, hosts and busy time from the store, as versioned entries. */
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

/** Keys that name nothing are left out. */
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
 * For whoever publishes: what names nothing any more is told as such, by a version that is newer than all before. Readers
 * that had it in the cache don't find it from then on.
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

/** Begins each value that is JSON; another one whenever HostOffer, EventTypeOffer or NativeTime get another shape. */
const FORMAT = '2';

/** Were these bytes written by a version of the code whose values this one reads? Others are a miss. */
export const isCurrentFormat = (key: string, bytes: Buffer): boolean =>
  parseCacheKey(key).kind === 'busy' ? isBusyValue(bytes) : bytes.subarray(0, 1).toString() === FORMAT;

const encode = (value: object | null) => Buffer.from(FORMAT + JSON.stringify(value));
const decode = (bytes: Buffer) => JSON.parse(bytes.subarray(FORMAT.length).toString());

export const encodeHost = (host: HostOffer) => encode(host);
/** Of bytes that fit: only encodeHost wrote them. Null: it is gone. */
export const decodeHost = (bytes: Buffer): HostOffer | null => decode(bytes);

export const encodeEventType = (type: EventTypeOffer) => encode(type);
/** Of bytes that fit: only encodeEventType wrote them. Null: it is gone. */
export const decodeEventType = (bytes: Buffer): EventTypeOffer | null => decode(bytes);

export const encodeNative = (times: readonly NativeTime[]) => encode(times);
/** Of bytes that fit: only encodeNative wrote them. Null: its host is gone. */
export const decodeNative = (bytes: Buffer): NativeTime[] | null => decode(bytes);
