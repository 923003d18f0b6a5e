/** Offer of one start of one event type, read from the store within a transaction, because bookings are decided by it. */
import { isFree } from '../availability/host-starts.ts';
import { type EventTypeOffer, ofLength } from '../availability/rules.ts';
import { teamStarts } from '../availability/teams.ts';
import type { Arrival, Issue } from '../calendars/source.ts';
import type { Tx } from '../store/client.ts';
import { readStartInputs } from '../store/rules/start-inputs.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { assessFreshness } from './freshness.ts';
import { hostTime, unbookedHostTime } from './host-time.ts';
import type { HostSources } from './sources.ts';
import { startsOfHosts } from './team.ts';

export interface SlotOfferRequest {
  eventType: string;
  start: Instant;
  now: Instant;
  /** Sources must have been read after this request came; null for the age that the event type allows. */
  readAfter: Arrival | null;
  /** The hold or booking whose own time doesn't block; null: none. */
  without: string | null;
  /** Of the booking, in milliseconds, be it none of the event type's; absent or null: the event type's first. */
  length?: number | null;
}

export interface SlotOffer {
  /** Its rules with the length that was asked for. */
  type: EventTypeOffer;
  /** The event type's. */
  title: string;
  /** Hosts in the event type's order. */
  hosts: HostSources[];
  /** Ids of hosts that offer the start, by every rule, in that order. */
  offering: string[];
  /** Ids of hosts that nothing stands against at that time but rules: no busy time, no booking, no limit. */
  free: string[];
  /** Ids of hosts that the policy lets be offered: their sources are fresh enough. */
  usable: string[];
  /** Number of bookings that the start still takes; 0 when it is not offered. */
  seatsLeft: number;
  /** Would the start be offered without any busy time, hold or booking? */
  allowedByRules: boolean;
  issues: Issue[];
}

/** @returns null when there is no such event type. The hosts should be locked. */
export type ReadSlotOffer = (tx: Tx, request: SlotOfferRequest) => Promise<SlotOffer | null>;

export interface SlotOfferDeps {
  /** In milliseconds, for event types that name none. */
  defaultStaleAfter: number;
  /** Absent: one that can be trusted. */
  clock?: Pick<Clock, 'isUntrusted'>;
}

export function createReadSlotOffer({ defaultStaleAfter, clock }: SlotOfferDeps): ReadSlotOffer {
  return async (tx, { eventType, start, now, readAfter, without, length = null }) => {
    const found = await readStartInputs(tx, eventType, start, now);
    if (!found) return null;
    const { title, hosts } = found;
    const type = ofLength(found.type, length);
    const { hosts: ids, rules } = type;
    const around = { from: start - rules.bufferBefore, to: start + rules.length + rules.bufferAfter };
    const clockUntrusted = clock?.isUntrusted?.() ?? false;
    const bound = {
      staleAfter: rules.staleAfter ?? defaultStaleAfter,
      provenSince: null,
      readAfter,
      clockUntrusted,
    };
    const { usable, issues } = assessFreshness(hosts, around, now, { ...bound, onStale: rules.onStale });
    const query = { from: start, to: start + rules.length, now, usable };
    const timeOf = (host: HostSources) => hostTime(host, rules.tentativeBlocks, without);
    const lists = startsOfHosts(type, hosts, query, timeOf);
    const { seats } = teamStarts(type, lists);
    const allowedByRules = teamStarts(type, startsOfHosts(type, hosts, query, unbookedHostTime));
    return {
      type,
      title,
      hosts,
      offering: ids.filter((_, i) => (lists[i]?.starts.length ?? 0) > 0),
      free: hosts.filter((host) => isFree(type, timeOf(host), start, now)).map(({ host }) => host.id),
      usable: ids.filter((host) => usable.has(host)),
      seatsLeft: seats[0] ?? 0,
      allowedByRules: allowedByRules.starts.length > 0,
      issues,
    };
  };
}
