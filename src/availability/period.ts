/**
 * Lists of half-open periods [start, end) in epoch milliseconds, flat: [start, end, start, end, …]. "Merged" lists are
 * ascending, and no two of their periods touch.
 */

/** What busy time is (RFC 5545 FBTYPE). */
export type BusyKind = 'BUSY' | 'BUSY_UNAVAILABLE' | 'BUSY_TENTATIVE';

/** Where kinds overlap the one further to the front wins. */
export const KINDS: readonly BusyKind[] = ['BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE'];

const TENTATIVE = KINDS.indexOf('BUSY_TENTATIVE');

/** Busy time, ascending. Periods never overlap; they touch only where the kind changes. */
export interface BusyList {
  bounds: Float64Array;
  /** Per period, an index into KINDS. */
  kinds: Uint8Array;
}

export interface KindPeriod {
  start: number;
  end: number;
  kind: BusyKind;
}

/** One merged list of all periods of the lists, which come in any order. Periods without length take no time. */
export function mergePeriods(lists: readonly Float64Array[]): Float64Array {
  let capacity = 0;
  for (const list of lists) capacity += list.length / 2;
  const starts = new Float64Array(capacity);
  const ends = new Float64Array(capacity);
  let count = 0;
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 2) {
      const start = list[i] as number;
      const end = list[i + 1] as number;
      if (!(start < end)) continue;
      starts[count] = start;
      ends[count++] = end;
    }
  }
  return joinSorted(starts.subarray(0, count).sort(), ends.subarray(0, count).sort());
}

/** Starts and ends, each sorted on its own: time is free before a start when as many periods ended as began before it. */
function joinSorted(starts: Float64Array, ends: Float64Array): Float64Array {
  const merged = new Float64Array(starts.length * 2);
  let length = 0;
  for (let i = 0; i < starts.length; ) {
    merged[length++] = starts[i] as number;
    for (i++; i < starts.length && (starts[i] as number) <= (ends[i - 1] as number); ) i++;
    merged[length++] = ends[i - 1] as number;
  }
  return merged.subarray(0, length);
}

/** The parts of merged periods that lie outside other merged periods. */
function subtract(from: Float64Array, taken: Float64Array): Float64Array {
  const left: number[] = [];
  let next = 0;
  for (let i = 0; i < from.length; i += 2) {
    let start = from[i] as number;
    const end = from[i + 1] as number;
    while (next < taken.length && (taken[next + 1] as number) <= start) next += 2;
    for (let at = next; at < taken.length && (taken[at] as number) < end; at += 2) {
      if (start < (taken[at] as number)) left.push(start, taken[at] as number);
      start = taken[at + 1] as number;
    }
    if (start < end) left.push(start, end);
  }
  return new Float64Array(left);
}

/** Busy time from periods in any order. */
export function mergeBusy(periods: readonly KindPeriod[]): BusyList {
  const byKind: number[][] = KINDS.map(() => []);
  for (const { start, end, kind } of periods) byKind[KINDS.indexOf(kind)]?.push(start, end);
  return overlay(byKind);
}

/** The busy time of several lists as one. */
export function mergeBusyLists(lists: readonly BusyList[]): BusyList {
  if (lists.length === 1 && lists[0]) return lists[0];
  const byKind: number[][] = KINDS.map(() => []);
  for (const { bounds, kinds } of lists) {
    for (let i = 0; i < kinds.length; i++) {
      byKind[kinds[i] as number]?.push(bounds[2 * i] as number, bounds[2 * i + 1] as number);
    }
  }
  return overlay(byKind);
}

/** @param byKind per kind, in the order of KINDS, flat periods in any order. */
function overlay(byKind: readonly number[][]): BusyList {
  let taken: Float64Array = new Float64Array();
  const pieces = byKind.map((pairs) => {
    const own = mergePeriods([new Float64Array(pairs)]);
    const piece = subtract(own, taken);
    taken = mergePeriods([taken, own]);
    return piece;
  });
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bounds = new Float64Array(length);
  const kinds = new Uint8Array(length / 2);
  const next = pieces.map(() => 0);
  for (let i = 0; i < kinds.length; i++) {
    let kind = 0;
    let start = Number.POSITIVE_INFINITY;
    for (let k = 0; k < pieces.length; k++) {
      const candidate = pieces[k]?.[next[k] as number] ?? Number.POSITIVE_INFINITY;
      if (candidate < start) [kind, start] = [k, candidate];
    }
    const at = next[kind] as number;
    bounds[2 * i] = start;
    bounds[2 * i + 1] = pieces[kind]?.[at + 1] as number;
    kinds[i] = kind;
    next[kind] = at + 2;
  }
  return { bounds, kinds };
}

/** The part of busy time within [from, to). */
export function clipBusy({ bounds, kinds }: BusyList, from: number, to: number): BusyList {
  let first = 0;
  while (first < kinds.length && (bounds[2 * first + 1] as number) <= from) first++;
  let past = first;
  while (from < to && past < kinds.length && (bounds[2 * past] as number) < to) past++;
  const clipped = bounds.slice(2 * first, 2 * past);
  if (clipped.length > 0) {
    clipped[0] = Math.max(clipped[0] as number, from);
    clipped[clipped.length - 1] = Math.min(clipped[clipped.length - 1] as number, to);
  }
  return { bounds: clipped, kinds: kinds.slice(first, past) };
}

/** Index of the first merged period that ends after `instant`; the list's length without one. */
export function firstEndingAfter(merged: Float64Array, instant: number): number {
  let low = 0;
  let high = merged.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((merged[2 * middle + 1] as number) > instant) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}

/** The merged periods that overlap [from, to), whole. The list is not copied. */
export function periodsWithin(merged: Float64Array, from: number, to: number): Float64Array {
  const first = firstEndingAfter(merged, from);
  let past = first;
  while (past < merged.length && (merged[past] as number) < to) past += 2;
  return merged.subarray(first, past);
}

/** Merged periods that block bookings, without their kinds. */
export function blockingPeriods({ bounds, kinds }: BusyList, tentativeBlocks: boolean): Float64Array {
  const merged = new Float64Array(bounds.length);
  let length = 0;
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] === TENTATIVE && !tentativeBlocks) continue;
    const touches = length > 0 && merged[length - 1] === bounds[2 * i];
    if (touches) length--;
    else merged[length++] = bounds[2 * i] as number;
    merged[length++] = bounds[2 * i + 1] as number;
  }
  return merged.subarray(0, length);
}
