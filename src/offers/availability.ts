/** Rules, busy time, freshness and policy become the slots of one event type over one window. */
import { createHash } from 'node:crypto';
import { blocking, mergePeriods } from '../availability/period.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { findSlots } from '../availability/slots.ts';
import { cacheKey } from '../cache/port.ts';
import type { AgeBound, Issue } from '../calendars/source.ts';
import type { Clock, Instant } from '../clock.ts';
import { notFound } from '../errors.ts';
import { earlier, type Freshness, judge } from './freshness.ts';
import { type Demand, type Refresh, refreshed } from './refresh.ts';
import type { HostSources, Sources } from './sources.ts';

export interface AvailabilityRequest extends Demand {
  eventType: string;
  /** Half-open [from, to). */
  from: Instant;
  to: Instant;
}

export interface PublicHost {
  id: string;
  name: string;
  slug: string;
}

/** Slots as columns: no object per slot until somebody asks for one. */
export interface SlotList {
  /** Ascending. */
  starts: Float64Array;
  length: number;
  /** Who could take each of them. */
  hosts: PublicHost[];
  seatsLeft: number;
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
  /** Cache keys that it was made from: a bell for one of them may change it. */
  keys: string[];
}

export interface OffersDeps {
  sources: Sources;
  refresh: Refresh;
  clock: Clock;
  /** In milliseconds, for event types that name none. */
  defaultStaleAfter: number;
}

export type Offers = ReturnType<typeof createOffers>;

export function createOffers(deps: OffersDeps) {
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

function compute(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  window: AvailabilityRequest,
  now: Instant,
  bound: AgeBound,
): Availability {
  const { rules } = type;
  const judgement = judge(hosts, window, now, { ...bound, onStale: rules.onStale });
  const [only] = hosts;
  const offered = only && judgement.usable.has(only.host.id);
  const { starts, arrival } = withinHorizon(
    offered
      ? findSlots(
          { ...rules, horizon: null },
          {
            hours: only.host.hours,
            zoneChanges: only.host.zoneChanges,
            busy: notKnownFree(only, rules.tentativeBlocks),
          },
          window,
          now,
        )
      : new Float64Array(),
    rules.horizon,
    now,
  );
  const slots = {
    starts,
    length: rules.length,
    hosts: hosts.map(({ host: { id, name, slug } }) => ({ id, name, slug })),
    seatsLeft: rules.seats,
  };
  return {
    slots,
    computedAt: now,
    etag: etagOf(window, slots),
    complete: judgement.complete,
    freshness: judgement.freshness,
    issues: judgement.issues,
    changesAt: earlier(judgement.changesAt, earlier(expiry(starts, rules.minimumNotice), arrival)),
    keys: [
      cacheKey.eventType(type.id),
      ...type.hosts.map(cacheKey.host),
      ...hosts.flatMap(({ calendars }) => calendars.map(({ id }) => cacheKey.calendar(id))),
    ],
  };
}

/** Busy time, and everything outside coverage: what is not known is never free. */
function notKnownFree({ calendars }: HostSources, tentativeBlocks: boolean): Float64Array {
  const lists = calendars.flatMap(({ source }) => {
    const known = blocking(source.busy, tentativeBlocks);
    const { coveredFrom, coveredTo } = source;
    return coveredFrom === null || coveredTo === null
      ? [EVER]
      : [known, Float64Array.of(BEGINNING, coveredFrom, coveredTo, END)];
  });
  return lists.length === 1 && lists[0] ? lists[0] : mergePeriods(lists);
}

const BEGINNING = -8.64e15;
const END = 8.64e15;
const EVER = Float64Array.of(BEGINNING, END);

/** The starts that the horizon allows now, and when it lets the next one in as it moves. */
function withinHorizon(starts: Float64Array, horizon: number | null, now: Instant) {
  if (horizon === null) return { starts, arrival: null };
  const beyond = starts.findIndex((start) => start > now + horizon);
  if (beyond < 0) return { starts, arrival: null };
  return { starts: starts.slice(0, beyond), arrival: (starts[beyond] as number) - horizon };
}

/** When minimum notice takes the first start away. */
function expiry([first]: Float64Array, minimumNotice: number): Instant | null {
  return first === undefined ? null : first - minimumNotice + 1;
}

/** Equal on every gateway: of the event type, the window, and the slots with their hosts and seats. */
function etagOf(window: AvailabilityRequest, { starts, length, hosts, seatsLeft }: SlotList): string {
  const head = JSON.stringify([window.eventType, window.from, window.to, length, seatsLeft, hosts]);
  const bytes = new Uint8Array(starts.buffer, starts.byteOffset, starts.byteLength);
  return createHash('sha256').update(head).update(bytes).digest('base64url').slice(0, 22);
}
