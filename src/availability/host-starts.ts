/** Starts that one host offers of an event type: open time that is not taken, with the seats that are left. */
import { fullLimits, type HostZones } from './limits.ts';
import type { NativeTime } from './native.ts';
import { mergePeriods, periodsWithin } from './period.ts';
import type { EventTypeRules } from './rules.ts';
import { findSlots, type OpenTime } from './slots.ts';
import {
  activeNativeTime,
  blockedFrom,
  blockedPeriods,
  blockedTo,
  conflicts,
  isClear,
  joinableGroups,
} from './taken.ts';

export interface HostTime extends OpenTime, HostZones {
  zoneChanges: OpenTime['zoneChanges'];
  /** Holds and bookings; blocks belong to `busy`. Blocks and expired holds among it are ignored. */
  native: readonly NativeTime[];
}

/** An event type as one host's starts depend on it. */
export interface StartsType {
  id: string;
  rules: EventTypeRules;
}

export interface HostStarts {
  /** Ascending, none twice. */
  starts: Float64Array;
  /** Per start: how many more bookings it takes. */
  left: Uint32Array;
}

const EMPTY = new Float64Array();

/**
 * Starts that the host offers within [from, to).
 * @throws RangeError for an unknown zone, a length or an interval of zero.
 */
export const hostStarts = (type: StartsType, host: HostTime, window: Window, now: number): HostStarts =>
  startFinder(type, host, now)(window);

/** Half-open [from, to). */
interface Window {
  from: number;
  to: number;
}

/** Starts that the host offers within a window. @throws as `hostStarts` does */
export type FindStarts = (window: Window) => HostStarts;

/** What `hostStarts` does, for several windows: what is the same in all of them is made once. */
export function startFinder(type: StartsType, host: HostTime, now: number): FindStarts {
  const { rules } = type;
  const active = host.native.length === 0 ? host.native : activeNativeTime(host.native, now);
  if (active.length === 0) return (window) => withSeats(findSlots(rules, host, window, now), rules.seats);

  const groups = joinableGroups(type, active);
  const closed = groups.size === 0 ? active : active.filter((native) => !isInGroup(groups, native));
  const blocked = mergePeriods([blockedPeriods(closed, rules)]);
  const limits = fullLimits(type, host, active);
  return (window) => {
    // A host's calendars and bookings reach over half a year, and most windows over a few days.
    const near = [host.busy, blocked].map((merged) =>
      periodsWithin(merged, window.from - rules.bufferBefore, window.to + rules.bufferAfter),
    );
    const busy = mergePeriods(near);
    const offered = withSeats(findSlots(rules, { ...host, busy }, window, now), rules.seats);
    if (groups.size > 0) joinGroups(offered, groups, rules);
    if (limits)
      for (let i = 0; i < offered.starts.length; i++) {
        if (limits(offered.starts[i] as number).length > 0) offered.left[i] = 0;
      }
    return groups.size > 0 || limits ? withoutFull(offered) : offered;
  };
}

/** Would the host offer the start without any busy time, hold or booking? */
export const fitsRules = (
  { rules }: StartsType,
  { hours, zoneChanges }: Pick<OpenTime, 'hours' | 'zoneChanges'>,
  start: number,
  now: number,
): boolean =>
  findSlots(rules, { hours, zoneChanges, busy: EMPTY }, { from: start, to: start + rules.length }, now)
    .length > 0;

/**
 * Is the host free at that time, regardless of hours, notice and horizon: of busy time, of holds and bookings, with a
 * seat left, below the limits? With `fitsRules` it is what `hostStarts` offers.
 */
export function isFree(
  type: StartsType,
  host: Pick<HostTime, 'busy' | 'native' | 'timeZone' | 'zoneChanges'>,
  start: number,
  now: number,
): boolean {
  const { rules } = type;
  if (!isClear(host.busy, rules, start)) return false;
  const active = activeNativeTime(host.native, now);
  const joined = joinableGroups(type, active).get(start);
  for (const native of active) {
    if (joined?.includes(native)) continue;
    if (conflicts(blockedFrom(native, rules), blockedTo(native, rules), rules, start)) return false;
  }
  return (fullLimits(type, host, active)?.(start).length ?? 0) === 0;
}

const withSeats = (starts: Float64Array, seats: number): HostStarts => ({
  starts,
  left: new Uint32Array(starts.length).fill(seats),
});

type Groups = ReadonlyMap<number, readonly NativeTime[]>;

const isInGroup = (groups: Groups, native: NativeTime): boolean =>
  groups.get(native.start)?.includes(native) ?? false;

/** Leaves no seat where a group is in the way, and at its own start those it has left. */
function joinGroups({ starts, left }: HostStarts, groups: Groups, rules: EventTypeRules): void {
  const members = [...groups.values()].flat();
  const taken = mergePeriods([blockedPeriods(members, rules)]);
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    if (isClear(taken, rules, start)) continue;
    const own = groups.get(start);
    const free =
      own !== undefined &&
      members.every(
        (each) =>
          each.start === start || !conflicts(blockedFrom(each, rules), blockedTo(each, rules), rules, start),
      );
    left[i] = free ? rules.seats - own.length : 0;
  }
}

/** Only starts with a seat. */
function withoutFull({ starts, left }: HostStarts): HostStarts {
  let count = 0;
  for (let i = 0; i < starts.length; i++) {
    if (left[i] === 0) continue;
    starts[count] = starts[i] as number;
    left[count++] = left[i] as number;
  }
  return { starts: starts.subarray(0, count), left: left.subarray(0, count) };
}
