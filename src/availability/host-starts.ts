/** What one host offers of an event type: open time that nobody took, with the seats that are left. */
import { fullLimits, type Whereabouts } from './limits.ts';
import type { NativeTime } from './native.ts';
import { mergePeriods } from './period.ts';
import type { EventTypeRules } from './rules.ts';
import { findSlots, type OpenTime } from './slots.ts';
import { isClear, livingTime, openGroups, stands, takenFrom, takenPeriods, takenTo } from './taken.ts';

export interface HostTime extends OpenTime, Whereabouts {
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

const NOTHING = new Float64Array();

/**
 * Starts that the host offers within [from, to).
 * @throws RangeError for an unknown zone, a length or an interval of zero.
 */
export function hostStarts(
  type: StartsType,
  host: HostTime,
  window: { from: number; to: number },
  now: number,
): HostStarts {
  const { rules } = type;
  const living = host.native.length === 0 ? host.native : livingTime(host.native, now);
  if (living.length === 0) return withSeats(findSlots(rules, host, window, now), rules.seats);

  const groups = openGroups(type, living);
  const closed = groups.size === 0 ? living : living.filter((native) => !isOf(groups, native));
  const busy = mergePeriods([host.busy, takenPeriods(closed, rules)]);
  const offered = withSeats(findSlots(rules, { ...host, busy }, window, now), rules.seats);
  if (groups.size > 0) join(offered, groups, rules);
  const limits = fullLimits(type, host, living);
  if (limits)
    for (let i = 0; i < offered.starts.length; i++) {
      if (limits(offered.starts[i] as number).length > 0) offered.left[i] = 0;
    }
  return groups.size > 0 || limits ? withoutTaken(offered) : offered;
}

/** Would the host offer the start if nothing was busy and nobody had taken any time? */
export const fitsRules = (
  { rules }: StartsType,
  { hours, zoneChanges }: Pick<OpenTime, 'hours' | 'zoneChanges'>,
  start: number,
  now: number,
): boolean =>
  findSlots(rules, { hours, zoneChanges, busy: NOTHING }, { from: start, to: start + rules.length }, now)
    .length > 0;

/**
 * Is the host free at that time, whatever hours, notice and horizon say: of busy time, of holds and bookings, with a
 * seat left, below the limits? With `fitsRules` it is what `hostStarts` offers.
 */
export function isUnopposed(
  type: StartsType,
  host: Pick<HostTime, 'busy' | 'native' | 'timeZone' | 'zoneChanges'>,
  start: number,
  now: number,
): boolean {
  const { rules } = type;
  if (!isClear(host.busy, rules, start)) return false;
  const living = livingTime(host.native, now);
  const joined = openGroups(type, living).get(start);
  for (const native of living) {
    if (joined?.includes(native)) continue;
    if (stands(takenFrom(native, rules), takenTo(native, rules), rules, start)) return false;
  }
  return (fullLimits(type, host, living)?.(start).length ?? 0) === 0;
}

const withSeats = (starts: Float64Array, seats: number): HostStarts => ({
  starts,
  left: new Uint32Array(starts.length).fill(seats),
});

type Groups = ReadonlyMap<number, readonly NativeTime[]>;

const isOf = (groups: Groups, native: NativeTime): boolean =>
  groups.get(native.start)?.includes(native) ?? false;

/** Leaves no seat where a group is in the way, and at its own start those it has left. */
function join({ starts, left }: HostStarts, groups: Groups, rules: EventTypeRules): void {
  const members = [...groups.values()].flat();
  const taken = mergePeriods([takenPeriods(members, rules)]);
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    if (isClear(taken, rules, start)) continue;
    const own = groups.get(start);
    const free =
      own !== undefined &&
      members.every(
        (each) => each.start === start || !stands(takenFrom(each, rules), takenTo(each, rules), rules, start),
      );
    left[i] = free ? rules.seats - own.length : 0;
  }
}

/** Only starts with a seat. */
function withoutTaken({ starts, left }: HostStarts): HostStarts {
  let count = 0;
  for (let i = 0; i < starts.length; i++) {
    if (left[i] === 0) continue;
    starts[count] = starts[i] as number;
    left[count++] = left[i] as number;
  }
  return { starts: starts.subarray(0, count), left: left.subarray(0, count) };
}
