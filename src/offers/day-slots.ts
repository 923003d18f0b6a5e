/**
 * Slots of whole days, kept while nothing that they were made from is newer. The windows of a page's visitors begin at as many
 * instants and lie in the same days: they are cut out of them.
 */
import { BoundedMap } from '../async/bounded-map.ts';
import type { Parts } from '../async/event-loop.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { DAY, type Instant } from '../time/clock.ts';
import type { SlotList } from './slot-list.ts';
import type { HostSources } from './sources.ts';
import type { TeamQuery } from './team.ts';
import { findWindowOffer, firstExpiry, type WindowOffer } from './window-offer.ts';

/** Bytes of all that is kept, of what others keep with it, and of one of them. */
const BYTES_MAX = 24 * 1024 * 1024;
const LARGEST = 4 * 1024 * 1024;
const ENTRIES_MAX = 10_000;
/** Days of one event type that are kept at the same time: a page's week, the next one, its month. */
const OF_TYPE_MAX = 4;
/** Intervals of the days, of one host and of all together: windows that have more are long enough to be found by themselves. */
const STEPS_MAX = 5_000;
const HOST_STEPS_MAX = 200_000;

/** Slots that are a part of those that are kept. */
export interface SlotCut {
  /** The same object as long as they are kept. */
  whole: SlotList;
  /** Indices into it: half-open. */
  first: number;
  past: number;
  /** Counts what is kept with the whole. @returns false where there is no room, and then it isn't to be kept */
  reserve(bytes: number): boolean;
}

const cuts = new WeakMap<SlotList, SlotCut>();

/** Of what the slots are a part; undefined: they were found by themselves. */
export const cutOf = (slots: SlotList): SlotCut | undefined => cuts.get(slots);

interface DaySlots {
  from: Instant;
  to: Instant;
  /** All that is offered from `madeAt` on, whatever the horizon. */
  slots: SlotList;
  madeAt: Instant;
  /** When the first hold ends that takes time now; null: there is none. */
  expiresAt: Instant | null;
  /** Numbers of what they were made from, as `basisOf` has them. */
  basis: readonly number[];
  bytes: number;
}

/** Finds what `findWindowOffer` does. */
export type FindOffer = typeof findWindowOffer;

export function createDaySlots({ bytesMax = BYTES_MAX } = {}): FindOffer {
  const kept = new BoundedMap<number, DaySlots>(ENTRIES_MAX, { most: bytesMax, of: ({ bytes }) => bytes });
  /** By their numbers in `kept`, the oldest first. An event type that is changed is another object. */
  const byType = new WeakMap<EventTypeOffer, number[]>();
  let count = 0;

  function keep(type: EventTypeOffer, days: DaySlots): number | null {
    if (days.bytes > LARGEST) return null;
    const current: number[] = [];
    for (const number of byType.get(type) ?? []) {
      const other = kept.get(number);
      const isOver =
        !other || !isSame(other.basis, days.basis) || (days.from <= other.from && other.to <= days.to);
      if (isOver || current.length >= OF_TYPE_MAX - 1) kept.delete(number);
      else current.push(number);
    }
    const number = ++count;
    kept.set(number, days);
    byType.set(type, [...current, number]);
    return number;
  }

  function find(type: EventTypeOffer, basis: readonly number[], { from, to, now }: TeamQuery) {
    return byType.get(type)?.find((number) => {
      const days = kept.get(number);
      if (!days || from < days.from || days.to < to) return false;
      // A clock that was set back: holds that had expired by then take time again.
      const isOfNow = days.madeAt <= now && (days.expiresAt === null || now < days.expiresAt);
      return isOfNow && isSame(days.basis, basis);
    });
  }

  function reserve(number: number | null, bytes: number): boolean {
    const days = number === null ? undefined : kept.get(number);
    if (number === null || !days || days.bytes + bytes > LARGEST) return false;
    // It is weighed when it is set.
    kept.delete(number);
    days.bytes += bytes;
    kept.set(number, days);
    return kept.has(number);
  }

  return function* findInDays(type, hosts, query): Parts<WindowOffer> {
    const whole = { ...query, ...wholeDays(query) };
    if (query.without !== null || !isShort(type, whole)) return yield* findWindowOffer(type, hosts, query);
    const basis = basisOf(hosts, query.usable);
    let number = find(type, basis, query) ?? null;
    let days = number === null ? undefined : kept.get(number);
    if (!days) {
      const endless = { ...type, rules: { ...type.rules, horizon: null } };
      const { slots } = yield* findWindowOffer(endless, hosts, whole);
      days = {
        ...wholeDays(query),
        slots,
        basis,
        madeAt: query.now,
        expiresAt: firstExpiry(hosts, query),
        bytes: sizeOf(slots),
      };
      number = keep(type, days);
    }
    return cutWindow(type, days, query, (bytes) => reserve(number, bytes));
  };
}

const wholeDays = ({ from, to }: Pick<TeamQuery, 'from' | 'to'>) => ({
  from: Math.floor(from / DAY) * DAY,
  to: Math.ceil(to / DAY) * DAY,
});

function isShort({ hosts, rules: { interval } }: EventTypeOffer, { from, to }: TeamQuery): boolean {
  const steps = (to - from) / interval;
  return steps <= STEPS_MAX && steps * hosts.length <= HOST_STEPS_MAX;
}

const numbers = new WeakMap<HostSources, number>();
let last = 0;

/** A number of each host, which is another one as soon as anything of it is newer, with whether it may be offered. */
const basisOf = (hosts: readonly HostSources[], usable: TeamQuery['usable']): number[] =>
  hosts.map((found) => {
    const number = numbers.get(found) ?? ++last;
    numbers.set(found, number);
    return usable.has(found.host.id) ? number : -number;
  });

const isSame = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((number, i) => number === b[i]);

/** A host of a team is in a list, and its name may be in no other. */
const sizeOf = ({ starts, teams }: SlotList): number =>
  1_000 + 16 * starts.length + teams.reduce((sum, team) => sum + 100 + 8 * team.length, 0);

function cutWindow(
  { rules: { length, horizon, minimumNotice } }: EventTypeOffer,
  { slots, expiresAt }: DaySlots,
  { from, to, now }: TeamQuery,
  reserve: SlotCut['reserve'],
): WindowOffer {
  const { starts } = slots;
  const first = countBelow(starts, Math.max(from, now, now + minimumNotice));
  // Starts are whole milliseconds.
  const past = Math.max(first, countBelow(starts, to - length + 1));
  const within =
    horizon === null
      ? past
      : Math.min(past, Math.max(first, countBelow(starts, Math.floor(now + horizon) + 1)));
  const changes: Instant[] = [];
  if (within < past) changes.push((starts[within] as number) - (horizon ?? 0));
  if (within > first) changes.push((starts[first] as number) - minimumNotice + 1);
  if (expiresAt !== null) changes.push(expiresAt);
  const part = cutSlots(slots, first, within);
  cuts.set(part, { whole: slots, first, past: within, reserve });
  return { slots: part, changesAt: changes.length === 0 ? null : Math.min(...changes) };
}

/** Number of ascending starts that are less than an instant. */
function countBelow(starts: Float64Array, instant: Instant): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Teams are those of the part, in the order in which they first appear there. */
function cutSlots(slots: SlotList, first: number, past: number): SlotList {
  const { length, teams } = slots;
  const starts = slots.starts.subarray(first, past);
  const seats = slots.seats.subarray(first, past);
  const teamOf = slots.teamOf.subarray(first, past);
  if (teams.length === 1) return { starts, length, seats, teamOf, teams: past > first ? teams : [] };
  const own: SlotList['teams'][number][] = [];
  const places = new Int32Array(teams.length).fill(-1);
  const renumbered = teamOf.map((team) => {
    if (places[team] === -1) places[team] = own.push(teams[team] ?? []) - 1;
    return places[team] as number;
  });
  return { starts, length, seats, teamOf: renumbered, teams: own };
}
