/**
 * The slots of a window of any length, found in parts: a start every minute over two months, or a thousand hosts, take more than
 * others may wait for. A small window is one part.
 */
import type { Parts } from '../async/event-loop.ts';
import { type FindStarts, type HostStarts, startFinder } from '../availability/host-starts.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { type TeamStarts, teamStarts } from '../availability/teams.ts';
import type { Instant } from '../time/clock.ts';
import { hostTime } from './host-time.ts';
import { createSlotCollector, type SlotList } from './slot-list.ts';
import type { HostSources } from './sources.ts';
import { NO_STARTS, offeredHosts, type TeamQuery } from './team.ts';

/** Starts of all hosts that are looked for in a row: two milliseconds. */
const PART = 10_000;
/** What a host takes in each part, beside its starts, as so many of them. */
const HOST = 20;
/** Intervals that a part of the window has at least. */
const STEPS_MIN = 512;

export interface WindowOffer {
  slots: SlotList;
  /** Instant at which time alone removes or adds a start, by notice, horizon or the expiry of a hold; null for never. */
  changesAt: Instant | null;
}

/** @throws RangeError for an unknown zone, a length or an interval of zero. */
export function* findWindowOffer(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  query: TeamQuery,
): Parts<WindowOffer> {
  const { now } = query;
  const { length, horizon, minimumNotice } = type.rules;
  const span = partSpan(type, query);
  const isParted = Number.isFinite(span);
  // Other work that came in the same turn has its own parts.
  if (isParted) yield;
  // Without its horizon, so that the next start it lets in is known.
  const finders = createFinders({ ...type, rules: { ...type.rules, horizon: null } }, hosts, query);
  const slots = createSlotCollector(type, hosts);
  const changes: Instant[] = [];
  let first: Instant | undefined;
  for (let from = query.from; ; from += span) {
    // Starts are whole milliseconds: the last one of a part begins just before the next part.
    const to = Math.min(query.to, from + span - 1 + length);
    const all = teamStarts(type, yield* findersStarts(finders, { from, to }));
    const within = horizon === null ? all.starts.length : countUpTo(all.starts, now + horizon);
    if (within > 0) first ??= all.starts[0];
    slots.add(takeFirst(all, within));
    const next = all.starts[within];
    if (next !== undefined) changes.push(next - (horizon ?? 0));
    if (isParted) yield;
    if (next !== undefined || from + span + length > query.to) break;
  }
  if (first !== undefined) changes.push(first - minimumNotice + 1);
  const expiry = firstExpiry(hosts, query);
  if (expiry !== null) changes.push(expiry);
  return { slots: slots.finish(), changesAt: changes.length === 0 ? null : Math.min(...changes) };
}

/** When the first hold ends that takes time now; null: there is none. */
export function firstExpiry(
  hosts: readonly HostSources[],
  { now, without }: Pick<TeamQuery, 'now' | 'without'>,
): Instant | null {
  let first: Instant | null = null;
  for (const { native } of hosts) {
    for (const { expiresAt, owner } of native) {
      if (expiresAt === null || expiresAt <= now || owner === without) continue;
      if (first === null || expiresAt < first) first = expiresAt;
    }
  }
  return first;
}

/** Milliseconds of the window that make a part; infinite for a window that is one. */
function partSpan({ hosts, rules: { interval } }: EventTypeOffer, { from, to }: TeamQuery): number {
  const steps = Math.floor(PART / Math.max(1, hosts.length));
  return (to - from) / interval <= steps ? Number.POSITIVE_INFINITY : Math.max(STEPS_MIN, steps) * interval;
}

/** A host as it is looked at in each part, prepared when the first one comes to it. */
interface Finder {
  find: FindStarts | null;
  /** What preparing it takes, as so many starts. */
  weight: number;
  prepare(): FindStarts;
}

/** One entry per host of the event type, in its order; null for a host that can't be offered. */
function createFinders(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  { now, without, usable }: TeamQuery,
): (Finder | null)[] {
  return offeredHosts(type, hosts, usable).map((found) => {
    if (!found) return null;
    const prepare = () => startFinder(type, hostTime(found, type.rules.tentativeBlocks, without), now);
    return { find: null, weight: found.native.length, prepare };
  });
}

/** The starts of each host within a part of the window. */
function* findersStarts(
  finders: readonly (Finder | null)[],
  window: { from: Instant; to: Instant },
): Parts<HostStarts[]> {
  const lists: HostStarts[] = [];
  let weight = 0;
  for (const finder of finders) {
    if (weight >= PART) {
      yield;
      weight = 0;
    }
    if (!finder) {
      lists.push(NO_STARTS);
      continue;
    }
    if (!finder.find) {
      finder.find = finder.prepare();
      weight += finder.weight;
    }
    const list = finder.find(window);
    lists.push(list);
    weight += HOST + list.starts.length;
  }
  return lists;
}

/** Number of the ascending starts that are no later than `last`. */
function countUpTo(starts: Float64Array, last: Instant): number {
  const beyond = starts.findIndex((start) => start > last);
  return beyond < 0 ? starts.length : beyond;
}

function takeFirst(all: TeamStarts, count: number): TeamStarts {
  if (count === all.starts.length) return all;
  return {
    starts: all.starts.slice(0, count),
    seats: all.seats.slice(0, count),
    members: all.members?.slice(0, count * all.words) ?? null,
    words: all.words,
  };
}
