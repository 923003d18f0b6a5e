/** Native time that conflicts with a start, and starts that still have seats. */
import type { NativeTime } from './native.ts';
import { firstEndingAfter } from './period.ts';
import type { EventTypeRules } from './rules.ts';

type Buffers = Pick<EventTypeRules, 'bufferBefore' | 'bufferAfter'>;

/** Live holds and bookings. Blocks count as busy time of their kind, and expired holds take no time. */
export const activeNativeTime = (native: readonly NativeTime[], now: number): NativeTime[] =>
  native.filter(({ kind, expiresAt }) => kind !== 'block' && (expiresAt === null || expiresAt > now));

/** Native time as the event type meets it: what its own buffers don't keep free of the longer gap, it is busy for. */
export const blockedFrom = ({ start, bufferBefore }: NativeTime, { bufferAfter }: Buffers): number =>
  start - Math.max(0, bufferBefore - bufferAfter);
export const blockedTo = ({ end, bufferAfter }: NativeTime, { bufferBefore }: Buffers): number =>
  end + Math.max(0, bufferAfter - bufferBefore);

/** Native time as periods in no order: [from, to, …]. */
export function blockedPeriods(native: readonly NativeTime[], rules: Buffers): Float64Array {
  const periods = new Float64Array(native.length * 2);
  let at = 0;
  for (const each of native) {
    periods[at++] = blockedFrom(each, rules);
    periods[at++] = blockedTo(each, rules);
  }
  return periods;
}

/** Does the period [from, to) keep the event type from beginning at `start`? */
export const conflicts = (
  from: number,
  to: number,
  { length, bufferBefore, bufferAfter }: Buffers & Pick<EventTypeRules, 'length'>,
  start: number,
): boolean => from < start + length + bufferAfter && to > start - bufferBefore;

/** Is busy time, merged, out of the way of one start? */
export function isClear(
  busy: Float64Array,
  rules: Buffers & Pick<EventTypeRules, 'length'>,
  start: number,
): boolean {
  const at = firstEndingAfter(busy, start - rules.bufferBefore);
  return at === busy.length || !conflicts(busy[at] as number, busy[at + 1] as number, rules, start);
}

/**
 * Bookings of the event type that begin together, by their start, where one more may join them. They are in the way of
 * every other start.
 */
export function joinableGroups(
  { id, rules: { seats } }: { id: string; rules: Pick<EventTypeRules, 'seats'> },
  active: readonly NativeTime[],
): Map<number, NativeTime[]> {
  const groups = new Map<number, NativeTime[]>();
  // A slot with one seat has no group to join.
  if (seats <= 1) return groups;
  for (const native of active) {
    if (native.eventType !== id) continue;
    const group = groups.get(native.start);
    if (group) group.push(native);
    else groups.set(native.start, [native]);
  }
  for (const [start, group] of groups) if (group.length >= seats) groups.delete(start);
  return groups;
}
