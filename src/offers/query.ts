/** Rules, busy time, freshness and policy become the slots of one event type over one window. */
import { atOnce, inTurns, type Parts } from '../async/event-loop.ts';
import { type EventTypeOffer, ofLength } from '../availability/rules.ts';
import { cacheKey } from '../cache/keys.ts';
import type { AgeBound, Issue } from '../calendars/source.ts';
import { badInput, notFound } from '../errors.ts';
import { type Clock, DAY, type Instant } from '../time/clock.ts';
import type { TimeSpan } from './changes.ts';
import { createDaySlots, type FindOffer } from './day-slots.ts';
import { assessFreshness, earlier, type Freshness } from './freshness.ts';
import { findNextAvailable } from './next-available.ts';
import { type FreshnessDemand, readFresh, type StrictRefresh } from './refresh.ts';
import { type PublicHost, pickSlots, type SlotList, slotsEtag } from './slot-list.ts';
import { type HostSources, RULES_SOURCE, type Sources, type SourceValue } from './sources.ts';
import { findWindowOffer } from './window-offer.ts';

export type { PublicHost, SlotList };

export interface AvailabilityRequest extends FreshnessDemand {
  eventType: string;
  /** Half-open [from, to). */
  from: Instant;
  to: Instant;
  /** The hold or booking whose own time doesn't block; null: none. */
  without: string | null;
  /** Of the booking, in milliseconds; absent or null: the event type's first. */
  length?: number | null;
  /** Whether it is that of a booking which is there already, be it none of the event type's. Default: it is not. */
  isBooked?: boolean;
  /** Whether the first start after the window is asked for too. Default: it is not. */
  nextAvailable?: boolean;
}

export interface Availability {
  slots: SlotList;
  /** The first start at or after the window's end that is offered now; null: none. Absent where it was not asked for. */
  nextAvailable?: Instant | null;
  computedAt: Instant;
  etag: string;
  complete: boolean;
  freshness: Freshness;
  issues: Issue[];
  /** Instant at which time alone may change the answer; null when it never does within the window. */
  changesAt: Instant | null;
  /** Values that the answer was computed from, by cache key, undefined where missing. Their changes may change the answer. */
  dependencies: ReadonlyMap<string, SourceValue | undefined>;
  /** Busy time outside this span does not affect the answer. */
  dependencySpan: TimeSpan;
}

export interface QueryDeps {
  sources: Sources;
  refresh: StrictRefresh;
  clock: Clock;
  /** In milliseconds, for event types that name none. */
  defaultStaleAfter: number;
}

export type AvailabilityQuery = ReturnType<typeof createAvailabilityQuery>;

export function createAvailabilityQuery(deps: QueryDeps) {
  const { sources, clock } = deps;
  const findOffer = createDaySlots();
  return {
    /** @throws SlotwireError NOT_FOUND for an unknown event type, BAD_USER_INPUT for a length that it doesn't have. */
    async availability(request: AvailabilityRequest): Promise<Availability> {
      const read = async () => {
        const found = await sources.forEventType(request.eventType);
        if (!found) throw notFound('event type', request.eventType);
        if (!request.isBooked) checkLength(found.type, request.length ?? null, 'input.length');
        return found;
      };
      const { found, demand } = await readFresh(deps, request, read, ({ hosts }) => hosts);
      const { type, hosts } = found;
      const staleAfter = type.rules.staleAfter ?? deps.defaultStaleAfter;
      const bound = { staleAfter, ...demand, clockUntrusted: clock.isUntrusted?.() ?? false };
      return inTurns(computeAvailability(type, hosts, request, clock.now(), bound, findOffer));
    },
  };
}

/** @throws SlotwireError BAD_USER_INPUT for a length that is none of the event type's */
export function checkLength({ rules }: EventTypeOffer, length: number | null, field: string): void {
  if (length !== null && !rules.lengths.includes(length))
    throw badInput(field, "is none of the event type's lengths");
}

/** The answer that replaces `last` for its viewers when the event type is deleted. */
export function withoutSlots(last: Availability, request: AvailabilityRequest, now: Instant): Availability {
  const slots = { ...pickSlots(last.slots, []), teams: [] };
  const none = last.nextAvailable === undefined ? {} : { nextAvailable: null };
  return {
    ...last,
    ...none,
    slots,
    etag: atOnce(slotsEtag(request, slots)),
    computedAt: now,
    issues: [],
    changesAt: null,
  };
}

/** Computes the answer from its sources. @param findOffer where it may be made of what was found before */
export function* computeAvailability(
  found: EventTypeOffer,
  hosts: readonly HostSources[],
  request: AvailabilityRequest,
  now: Instant,
  bound: AgeBound,
  findOffer: FindOffer = findWindowOffer,
): Parts<Availability> {
  const { from, to, without } = request;
  const type = ofLength(found, request.length ?? null);
  const report = assessFreshness(hosts, { from, to }, now, { ...bound, onStale: type.rules.onStale });
  const query = { from, to, now, without, usable: report.usable };
  const { slots, changesAt } = yield* findOffer(type, hosts, query);
  const next = request.nextAvailable ? yield* findNextAvailable(type, hosts, query) : null;
  return {
    slots,
    ...(next ? { nextAvailable: next.start } : {}),
    computedAt: now,
    etag: yield* slotsEtag(request, slots),
    complete: report.complete,
    freshness: report.freshness,
    issues: report.issues,
    changesAt: earlier(report.changesAt, earlier(changesAt, next?.changesAt ?? null)),
    dependencies: dependenciesOf(found, hosts),
    dependencySpan: dependencySpanOf(type, { from, to: Math.max(to, next?.dependsUntil ?? to) }),
  };
}

/** What the last answers were computed from, by their event types: the same until something of it is newer. */
const lastDependencies = new WeakMap<
  EventTypeOffer,
  { hosts: readonly HostSources[]; dependencies: Availability['dependencies'] }
>();

function dependenciesOf(type: EventTypeOffer, hosts: readonly HostSources[]): Availability['dependencies'] {
  const last = lastDependencies.get(type);
  const isSame = last?.hosts.length === hosts.length && hosts.every((host, i) => last.hosts[i] === host);
  if (last && isSame) return last.dependencies;
  const dependencies = collectDependencies(type, hosts);
  lastDependencies.set(type, { hosts, dependencies });
  return dependencies;
}

function collectDependencies(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
): Map<string, SourceValue | undefined> {
  const sources = new Map<string, SourceValue | undefined>([[cacheKey.eventType(type.id), RULES_SOURCE]]);
  for (const id of type.hosts)
    sources.set(cacheKey.host(id), RULES_SOURCE).set(cacheKey.native(id), undefined);
  for (const { host, calendars, native } of hosts) {
    sources.set(cacheKey.native(host.id), { kind: 'native', value: native });
    for (const { id, source } of calendars)
      sources.set(cacheKey.calendar(id), { kind: 'busy', value: source });
  }
  return sources;
}

/** Buffers reach beyond the window, and limits to the ends of the weeks that it touches, in any time zone. */
function dependencySpanOf({ rules }: EventTypeOffer, { from, to }: TimeSpan): TimeSpan {
  const isCounted = rules.maxPerDay !== null || rules.maxPerWeek !== null;
  const margin = isCounted ? 8 * DAY : 0;
  return { from: from - rules.bufferBefore - margin, to: to + rules.bufferAfter + margin };
}
