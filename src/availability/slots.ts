/** The slot engine for one host: working ranges minus busy time, stepped by the interval. Numbers only. */
import { type WorkingHours, workingRanges, type ZoneChange } from './hours.ts';
import { firstEndingAfter } from './period.ts';

/** Milliseconds. */
export interface SlotRules {
  /** Longer than zero. */
  length: number;
  /** Between starts on the grid of one range, longer than zero. */
  interval: number;
  bufferBefore: number;
  bufferAfter: number;
  minimumNotice: number;
  /** From now to the start; null: no end. */
  horizon: number | null;
}

/** Hours of one host, and the busy time within them. */
export interface OpenTime {
  hours: WorkingHours;
  zoneChanges: ZoneChange[];
  /** Merged periods that block. What is not known is passed in as busy. */
  busy: Float64Array;
}

/**
 * Starts that one host offers within [from, to), ascending, none twice.
 * @throws RangeError for an unknown zone, a length or an interval of zero.
 */
export function findSlots(
  rules: SlotRules,
  host: OpenTime,
  window: { from: number; to: number },
  now: number,
): Float64Array {
  const { length, interval, bufferBefore, minimumNotice, horizon } = rules;
  if (!(length > 0 && interval > 0)) throw new RangeError('Length and interval must be longer than zero.');
  const { busy } = host;
  const earliest = Math.max(window.from, now, now + minimumNotice);
  const latest = Math.min(window.to - length, horizon === null ? window.to : now + horizon);
  if (!(earliest <= latest)) return new Float64Array();

  const ranges = workingRanges(host.hours, host.zoneChanges, earliest, latest + length);
  const starts: number[] = [];
  let ascending = true;
  let cursor = firstEndingAfter(busy, earliest - bufferBefore);
  for (let i = 0; i < ranges.length; ) {
    // Ranges that overlap or touch: a slot may run from one into the next.
    let groupEnd = ranges[i + 1] as number;
    let past = i + 2;
    for (; past < ranges.length && (ranges[past] as number) <= groupEnd; past += 2) {
      groupEnd = Math.max(groupEnd, ranges[past + 1] as number);
    }
    const last = Math.min(latest, groupEnd - length);
    for (; i < past; i += 2) {
      const origin = ranges[i] as number;
      const first = Math.max(origin, earliest);
      while (cursor < busy.length && (busy[cursor + 1] as number) <= first - bufferBefore) cursor += 2;
      const count = starts.length;
      addFree(starts, rules, { origin, end: ranges[i + 1] as number, first, last }, busy, cursor);
      if (count > 0 && count < starts.length) {
        ascending &&= (starts[count - 1] as number) < (starts[count] as number);
      }
    }
  }
  return ascending ? new Float64Array(starts) : distinct(new Float64Array(starts).sort());
}

/** A grid from `origin`, whose starts lie within [first, last] and before `end`. */
interface Grid {
  origin: number;
  end: number;
  first: number;
  last: number;
}

/**
 * Adds the free starts of one grid.
 * @param cursor of the first busy period that may matter.
 */
function addFree(
  starts: number[],
  { length, interval, bufferBefore, bufferAfter }: SlotRules,
  { origin, end, first, last }: Grid,
  busy: Float64Array,
  cursor: number,
): void {
  const reach = length + bufferAfter;
  let at = cursor;
  let start = origin + Math.ceil((first - origin) / interval) * interval;
  while (start <= last && start < end) {
    while (at < busy.length && (busy[at + 1] as number) <= start - bufferBefore) at += 2;
    if (at < busy.length && (busy[at] as number) < start + reach) {
      // On to the first start whose buffer begins when this period has ended.
      const free = (busy[at + 1] as number) + bufferBefore;
      start = origin + Math.ceil((free - origin) / interval) * interval;
    } else {
      starts.push(start);
      start += interval;
    }
  }
}

/** Overlapping ranges may offer the same start. */
function distinct(sorted: Float64Array): Float64Array {
  let count = 0;
  for (const start of sorted) if (count === 0 || sorted[count - 1] !== start) sorted[count++] = start;
  return sorted.slice(0, count);
}
