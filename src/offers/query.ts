/** Rules, busy time, freshness and policy become the slots of one event type over one window. */
import type { EventTypeOffer } from '../availability/rules.ts';
import { cacheKey } from '../cache/port.ts';
import type { AgeBound, Issue } from '../calendars/source.ts';
import { notFound } from '../errors.ts';
import { type Clock, DAY, type Instant } from '../time/clock.ts';
import type { Span } from './changes.ts';
import { earlier, type Freshness, judge } from './freshness.ts';
import { type Demand, type Refresh, refreshed } from './refresh.ts';
import { etagOf, type PublicHost, pick, type SlotList, slotList } from './slot-list.ts';
import { type HostSources, RULES, type Sources, type SourceValue } from './sources.ts';
import { teamOffer } from './team.ts';

export type { PublicHost, SlotList };

export interface AvailabilityRequest extends Demand {
  eventType: string;
  /** Half-open [from, to). */
  from: Instant;
  to: Instant;
  /** The hold or booking whose own time doesn't block; null: none. */
  without: string | null;
}

export interface Availability {
  slots: SlotList;
  computedAt: Instant;
  etag: string;
  complete: boolean;
  freshness: Freshness;
  issues: Issue[];
  /** When time alone may change this answer; null: never within its window. */
  changesAt: Instant | null;
  /** What it was made from, by cache key: a bell for one of them may change it. Undefined: there was nothing. */
  madeFrom: ReadonlyMap<string, SourceValue | undefined>;
  /** What is busy outside of it does not touch the answer. */
  reach: Span;
}

export interface QueryDeps {
  sources: Sources;
  refresh: Refresh;
  clock: Clock;
  /** In milliseconds, for event types that name none. */
  defaultStaleAfter: number;
}

export type AvailabilityQuery = ReturnType<typeof createAvailabilityQuery>;

export function createAvailabilityQuery(deps: QueryDeps) {
  const { sources, clock } = deps;
  return {
    /** @throws SlotwireError NOT_FOUND for an unknown event type. */
    async availability(request: AvailabilityRequest): Promise<Availability> {
      const read = async () => {
        const found = await sources.ofEventType(request.eventType);
        if (!found) throw notFound('event type', request.eventType);
        return found;
      };
      const { found, provenSince } = await refreshed(deps, request, read, ({ hosts }) => hosts);
      const { type, hosts } = found;
      const staleAfter = type.rules.staleAfter ?? deps.defaultStaleAfter;
      return compute(type, hosts, request, clock.now(), { staleAfter, provenSince });
    },
  };
}

/** What viewers of `last` are told when its event type is gone. */
export function withoutSlots(last: Availability, request: AvailabilityRequest, now: Instant): Availability {
  const slots = { ...pick(last.slots, []), teams: [] };
  return { ...last, slots, etag: etagOf(request, slots), computedAt: now, issues: [], changesAt: null };
}

/** From what was read to the answer. */
export function compute(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  request: AvailabilityRequest,
  now: Instant,
  bound: AgeBound,
): Availability {
  const { from, to, without } = request;
  const judgement = judge(hosts, { from, to }, now, { ...bound, onStale: type.rules.onStale });
  const { offered, changesAt } = teamOffer(type, hosts, { from, to, now, without, usable: judgement.usable });
  const slots = slotList(type, hosts, offered);
  return {
    slots,
    computedAt: now,
    etag: etagOf(request, slots),
    complete: judgement.complete,
    freshness: judgement.freshness,
    issues: judgement.issues,
    changesAt: earlier(judgement.changesAt, changesAt),
    madeFrom: sourcesOf(type, hosts),
    reach: reachOf(type, request),
  };
}

function sourcesOf(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
): Map<string, SourceValue | undefined> {
  const sources = new Map<string, SourceValue | undefined>([[cacheKey.eventType(type.id), RULES]]);
  for (const id of type.hosts) sources.set(cacheKey.host(id), RULES).set(cacheKey.native(id), undefined);
  for (const { host, calendars, native } of hosts) {
    sources.set(cacheKey.native(host.id), { kind: 'native', value: native });
    for (const { id, source } of calendars)
      sources.set(cacheKey.calendar(id), { kind: 'busy', value: source });
  }
  return sources;
}

/** Buffers reach beyond the window, and limits to the ends of the weeks that it touches, in whatever zone. */
function reachOf({ rules }: EventTypeOffer, { from, to }: Span): Span {
  const isCounted = rules.maxPerDay !== null || rules.maxPerWeek !== null;
  const around = isCounted ? 8 * DAY : 0;
  return { from: from - rules.bufferBefore - around, to: to + rules.bufferAfter + around };
}
