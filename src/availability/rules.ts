/** Rules of event types and hosts, stored with history and cached by version. Durations are milliseconds. */
import type { WorkingHours, ZoneChange } from './hours.ts';

export type Scheduling = 'SINGLE' | 'COLLECTIVE' | 'ROUND_ROBIN' | 'QUORUM';

/** Effect of a stale or broken source on the slots. */
export type StalePolicy = 'FAIL_CLOSED' | 'WARN';

/** Part of one host in a team. */
export interface HostRule {
  host: string;
  /** Higher first. */
  priority: number;
  /** Share of the bookings among equal priorities, at least 1. */
  weight: number;
  /** In every booking of a ROUND_ROBIN, beside the one assigned. */
  fixed: boolean;
}

export interface EventTypeRules {
  /** Of a booking. */
  length: number;
  /** Lengths that a visitor may choose from, each once, `length` among them; the first is that of who chooses none. */
  lengths: readonly number[];
  interval: number;
  scheduling: Scheduling;
  /** Number of hosts that must be free; null unless scheduling is QUORUM. */
  quorum: number | null;
  /** Rules of the hosts that differ from the default (priority 0, weight 100, not fixed). */
  hostRules: HostRule[];
  /** Bookings that share a start at one host. */
  seats: number;
  /** Bookings of a host in one local day and in one week from Monday on; null: any number. */
  maxPerDay: number | null;
  maxPerWeek: number | null;
  bufferBefore: number;
  bufferAfter: number;
  minimumNotice: number;
  /** From now to the start; null: no end. */
  horizon: number | null;
  tentativeBlocks: boolean;
  onStale: StalePolicy;
  /** Age from which a source is stale; null for three poll intervals. */
  staleAfter: number | null;
  /** Upcoming bookings that one mailbox may have; null: any number. */
  maxPerAttendee: number | null;
  /** Least distance from now at which the attendee may still cancel or move a booking; null: any, also afterwards. */
  changeNotice: number | null;
  /** The public books only with a code that was sent to its e-mail address. */
  requireEmailVerification: boolean;
  /** A booking waits until it is accepted; its time is taken meanwhile. */
  approval: boolean;
  /** False: nothing is offered. */
  active: boolean;
  /** Shown on the owner's page. */
  listed: boolean;
  /** How long before the start its visitor is reminded by mail, each once. */
  reminders: readonly number[];
}

/** An event type as slots are made from it. */
export interface EventTypeOffer {
  id: string;
  organisation: string;
  /** Ids, in the order they were given. */
  hosts: string[];
  rules: EventTypeRules;
}

/** Event types as they are for their other lengths. */
const byLength = new WeakMap<EventTypeOffer, Map<number, EventTypeOffer>>();

/**
 * The event type as it is for bookings of one length: the same object each time, where it is one of its lengths.
 * @param length null: the first of its lengths
 */
export function ofLength(type: EventTypeOffer, length: number | null): EventTypeOffer {
  const { rules } = type;
  const wanted = length ?? rules.lengths[0] ?? rules.length;
  if (wanted === rules.length) return type;
  const known = byLength.get(type) ?? new Map<number, EventTypeOffer>();
  const found = known.get(wanted) ?? { ...type, rules: { ...rules, length: wanted } };
  if (rules.lengths.includes(wanted)) byLength.set(type, known.set(wanted, found));
  return found;
}

/** A host as slots are made from it. */
export interface HostOffer {
  id: string;
  organisation: string;
  name: string;
  slug: string;
  /** IANA: the host's own, by which days and weeks are counted. */
  timeZone: string;
  hours: WorkingHours;
  zoneChanges: ZoneChange[];
  /** Ids of the calendars that count as busy time. */
  calendars: string[];
}
