/** What the cache is a copy of: reads rules, hosts and busy time from the store, as versioned entries. */
import type { EventTypeOffer, HostOffer } from '../availability/rules.ts';
import { encodeBusy, isBusyValue } from '../cache/busy-value.ts';
import { cacheKey, type VersionedEntry } from '../cache/port.ts';
import type { Store } from '../store/client.ts';
import { eventTypesByIds } from '../store/event-types.ts';
import { calendarSources, hostOffers } from '../store/offer-rows.ts';
import { splitKey } from '../store/versions.ts';

/** Keys that name nothing are left out. */
export const createTruth =
  (store: Store) =>
  async (keys: readonly string[]): Promise<VersionedEntry[]> => {
    const ids = { busy: [] as string[], host: [] as string[], type: [] as string[] };
    for (const key of keys) {
      const { kind, id } = splitKey(key);
      ids[kind].push(id);
    }
    const [calendars, hosts, types] = await Promise.all([
      ids.busy.length ? calendarSources(store, ids.busy) : [],
      ids.host.length ? hostOffers(store, ids.host) : [],
      ids.type.length ? eventTypesByIds(store, ids.type) : [],
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

/** Begins each value that is JSON; another one whenever HostOffer or EventTypeOffer get another shape. */
const FORMAT = '1';

/** Were these bytes written by a version of the code whose values this one reads? Others are a miss. */
export const fits = (key: string, bytes: Buffer): boolean =>
  splitKey(key).kind === 'busy' ? isBusyValue(bytes) : bytes.subarray(0, 1).toString() === FORMAT;

const encode = (value: object) => Buffer.from(FORMAT + JSON.stringify(value));
const decode = (bytes: Buffer) => JSON.parse(bytes.subarray(FORMAT.length).toString());

export const encodeHost = (host: HostOffer) => encode(host);
/** Of bytes that fit: only encodeHost wrote them. */
export const decodeHost = (bytes: Buffer): HostOffer => decode(bytes);

export const encodeEventType = (type: EventTypeOffer) => encode(type);
/** Of bytes that fit: only encodeEventType wrote them. */
export const decodeEventType = (bytes: Buffer): EventTypeOffer => decode(bytes);
