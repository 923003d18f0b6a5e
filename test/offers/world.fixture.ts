/** Hosts, calendars and event types by hand, and a cache that counts how often it is asked. */
import type { NativeTime } from '../../src/availability/native.ts';
import { type KindPeriod, mergeBusy } from '../../src/availability/period.ts';
import type { EventTypeOffer, EventTypeRules, HostOffer } from '../../src/availability/rules.ts';
import { encodeBusy } from '../../src/cache/codecs/busy.ts';
import { cacheKey } from '../../src/cache/keys.ts';
import type { Versioned } from '../../src/cache/port.ts';
import type { ReadThrough } from '../../src/cache/read-through.ts';
import type { CalendarBusy } from '../../src/calendars/source.ts';
import { encodeEventType, encodeHost, encodeNative } from '../../src/offers/cache-loader.ts';
import { createAvailabilityQuery, type QueryDeps } from '../../src/offers/query.ts';
import type { HostSources } from '../../src/offers/sources.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';

/** A Friday, midnight. */
export const DAY_ZERO = Date.UTC(2026, 10, 20);
export const NOW = DAY_ZERO + 8 * HOUR;
export const at = (hour: number, minute = 0, day = 0) => DAY_ZERO + day * DAY + hour * HOUR + minute * MINUTE;

export const rules = (more: Partial<EventTypeRules> = {}): EventTypeRules => ({
  length: HOUR,
  lengths: [more.length ?? HOUR],
  interval: HOUR,
  scheduling: 'SINGLE',
  quorum: null,
  hostRules: [],
  seats: 1,
  maxPerDay: null,
  maxPerWeek: null,
  bufferBefore: 0,
  bufferAfter: 0,
  minimumNotice: 0,
  horizon: null,
  tentativeBlocks: true,
  onStale: 'FAIL_CLOSED',
  staleAfter: null,
  maxPerAttendee: null,
  changeNotice: null,
  requireEmailVerification: false,
  approval: false,
  active: true,
  listed: true,
  reminders: [],
  ...more,
});

export const eventType = (more: Partial<EventTypeRules> = {}, hosts = ['host_1']): EventTypeOffer => ({
  id: 'et_1',
  organisation: 'org_1',
  hosts,
  rules: rules(more),
});

/** Works every day from nine to five, UTC. */
export const host = (id = 'host_1', calendars = ['cal_1'], name = 'Ada'): HostOffer => ({
  id,
  organisation: 'org_1',
  name,
  slug: id.replace('_', '-'),
  timeZone: 'UTC',
  hours: {
    timeZone: 'UTC',
    weekly: [{ days: [0, 1, 2, 3, 4, 5, 6], start: 9 * 60, end: 17 * 60 }],
    overrides: [],
  },
  zoneChanges: [],
  calendars,
});

export const busy = (...periods: [start: number, end: number, kind?: KindPeriod['kind']][]) =>
  mergeBusy(periods.map(([start, end, kind = 'BUSY']) => ({ start, end, kind })));

export const source = (more: Partial<CalendarBusy> = {}): CalendarBusy => ({
  provenAsOf: NOW - MINUTE,
  provenPull: 1,
  basis: 'POLL',
  coveredFrom: NOW - 7 * DAY,
  coveredTo: NOW + 180 * DAY,
  trouble: null,
  busy: busy(),
  ...more,
});

export const unread = () => source({ provenAsOf: null, basis: 'NEVER', coveredFrom: null, coveredTo: null });

/** Of et_1, unless stated otherwise. */
export const booking = (start: number, end: number, more: Partial<NativeTime> = {}): NativeTime => ({
  kind: 'booking',
  owner: 'bkg_1',
  eventType: 'et_1',
  start,
  end,
  bufferBefore: 0,
  bufferAfter: 0,
  busyKind: 'BUSY',
  expiresAt: null,
  ...more,
});

export const hold = (start: number, end: number, expiresAt: number, more: Partial<NativeTime> = {}) =>
  booking(start, end, { kind: 'hold', owner: 'hold_1', expiresAt, ...more });

export const block = (start: number, end: number, more: Partial<NativeTime> = {}) =>
  booking(start, end, { kind: 'block', owner: 'blk_1', eventType: null, ...more });

/** The same with native time. */
export const taken = (by: HostSources, ...native: NativeTime[]): HostSources => ({ ...by, native });

export const sources = (of: HostOffer, ...known: CalendarBusy[]): HostSources => ({
  host: { ...of, calendars: known.map((_, i) => calendarId(of, i)) },
  calendars: known.map((calendar, i) => ({ id: calendarId(of, i), source: calendar })),
  native: [],
});

/** Of the first host cal_1, cal_2, …; of others cal_2_1, cal_2_2, … */
const calendarId = ({ id }: HostOffer, i: number) =>
  id === 'host_1' ? `cal_${i + 1}` : `cal_${id.replace('host_', '')}_${i + 1}`;

/** A read-through cache over a map. */
export function fakeCache() {
  const values = new Map<string, Versioned>();
  /** The keys of each round trip. */
  const reads: string[][] = [];
  const cache: ReadThrough = {
    async read(keys) {
      reads.push([...keys]);
      return new Map(keys.flatMap((key) => [[key, values.get(key)] as const]).filter(isThere));
    },
    async publish() {},
  };
  const put = (key: string, version: number, bytes: Buffer) => void values.set(key, { version, bytes });
  return {
    cache,
    reads,
    values,
    putHost: (version: number, value: HostOffer) => put(cacheKey.host(value.id), version, encodeHost(value)),
    putType: (version: number, value: EventTypeOffer) =>
      put(cacheKey.eventType(value.id), version, encodeEventType(value)),
    putNative: (version: number, id: string, value: readonly NativeTime[]) =>
      put(cacheKey.native(id), version, encodeNative(value)),
    putBusy: (version: number, id: string, value: CalendarBusy) =>
      put(cacheKey.calendar(id), version, encodeBusy(value)),
  };
}

const isThere = (entry: readonly [string, Versioned | undefined]): entry is readonly [string, Versioned] =>
  entry[1] !== undefined;

/** What answers are made with, all of it to be changed by the test. */
export function openDesk(type: EventTypeOffer, ...hosts: HostSources[]) {
  const desk = {
    now: NOW,
    type,
    hosts,
    reads: 0,
    /** Calendars that were read again, with how. */
    refreshed: [] as { calendars: string[]; after: number; within: number }[],
    /** The number that the next request draws. */
    number: 100,
    /** What a pull finds. */
    onRefresh: () => {},
  };
  const deps: QueryDeps = {
    sources: {
      async forEventType(id) {
        desk.reads++;
        return id === desk.type.id ? { type: desk.type, hosts: desk.hosts } : null;
      },
      async forHosts(ids) {
        desk.reads++;
        return ids.flatMap((id) => desk.hosts.find((found) => found.host.id === id) ?? []);
      },
    },
    refresh: {
      arrive: async () => ({ at: desk.now, number: desk.number }),
      async calendars(calendars, options) {
        desk.refreshed.push({ calendars: [...calendars], ...options });
        desk.onRefresh();
      },
      deadline: 8_000,
    },
    clock: { now: () => desk.now },
    defaultStaleAfter: 15 * MINUTE,
  };
  const offers = createAvailabilityQuery(deps);
  const ask = (more: Partial<Parameters<typeof offers.availability>[0]> = {}) =>
    offers.availability({
      eventType: 'et_1',
      from: DAY_ZERO,
      to: DAY_ZERO + DAY,
      without: null,
      consistency: 'CACHED',
      maxAge: null,
      ...more,
    });
  return { desk, deps, ask };
}
