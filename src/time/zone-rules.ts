/** The rules of one zone as data: the changes of its offset that are known one by one, and the rule of all years after them. */
import { civilFromDay, dayFromCivil, daysInMonth, weekdayOf } from './civil-date.ts';
import { DAY } from './clock.ts';
import type { ZoneOffsets } from './zone.ts';

/** A change of offset that comes each year. */
export interface YearlyChange {
  /** The day, since 1970-01-01, from whose midnight `time` counts. */
  dayOf(year: number): number;
  /** Milliseconds after that midnight on the wall clock before the change; may lie outside of the day. */
  time: number;
}

/** What holds after the last change that is known by itself. Offsets are milliseconds ahead of UTC. */
export interface YearlyRule {
  standard: number;
  /** Null: the standard offset holds for good. */
  daylight: { offset: number; begins: YearlyChange; ends: YearlyChange } | null;
}

export interface ZoneRules {
  /** Instants, ascending. */
  changes: readonly number[];
  /** Milliseconds ahead of UTC, one more than changes: `offsets[i]` holds until `changes[i]`. */
  offsets: readonly number[];
  /** Null: the last offset holds for good. */
  after: YearlyRule | null;
}

/** Days on both sides of a stretch: more than any offset and any shift. */
export const STRETCH_MARGIN = 3;

/** The first weekday (0 is Monday) on or after a day of a month; the day may be one that the month of most years lacks. */
export function weekdayFrom(year: number, month: number, day: number, weekday: number): number {
  const first = dayFromCivil(year, month, 1) + day - 1;
  return first + ((weekday - weekdayOf(first) + 7) % 7);
}

/** The last weekday (0 is Monday) of a month. */
export const lastWeekday = (year: number, month: number, weekday: number): number =>
  weekdayFrom(year, month, daysInMonth(year, month) - 6, weekday);

/** The offsets of a stretch of days, [firstDay, endDay). */
export function offsetsOver(
  { changes, offsets, after }: ZoneRules,
  firstDay: number,
  endDay: number,
): ZoneOffsets {
  const from = (firstDay - STRETCH_MARGIN) * DAY;
  const to = (endDay + STRETCH_MARGIN) * DAY;
  const bounds = [Number.NEGATIVE_INFINITY];
  let index = firstAfter(changes, from);
  const found = [offsets[index] as number];
  const add = (at: number, offset: number) => {
    if (at <= from) found[0] = offset;
    else if (at <= to && offset !== found.at(-1)) {
      bounds.push(at);
      found.push(offset);
    }
  };
  for (; index < changes.length && (changes[index] as number) <= to; index++) {
    add(changes[index] as number, offsets[index + 1] as number);
  }
  const known = changes.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (after && to > known) {
    for (const { at, offset } of yearlyChanges(after, Math.max(from, known), to))
      if (at > known) add(at, offset);
  }
  bounds.push(Number.POSITIVE_INFINITY);
  return { endDay, bounds, offsets: found };
}

/** The index of the first change after an instant. */
function firstAfter(changes: readonly number[], instant: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] as number) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The yearly changes of a span and those of the years around it, ascending. */
function yearlyChanges({ standard, daylight }: YearlyRule, from: number, to: number) {
  const found: { at: number; offset: number }[] = [];
  if (!daylight) return found;
  const last = yearOf(to) + 1;
  for (let year = yearOf(from) - 1; year <= last; year++) {
    const { begins, ends, offset } = daylight;
    found.push({ at: begins.dayOf(year) * DAY + begins.time - standard, offset });
    found.push({ at: ends.dayOf(year) * DAY + ends.time - offset, offset: standard });
  }
  return found.sort((a, b) => a.at - b.at);
}

const yearOf = (instant: number) => civilFromDay(Math.floor(instant / DAY)).year;

/** Zone rules from changes and their offsets as files have them: equal offsets in a row are one. */
export function zoneRules(
  changes: readonly number[],
  offsets: readonly number[],
  after: YearlyRule | null,
): ZoneRules {
  const kept: { changes: number[]; offsets: number[] } = { changes: [], offsets: [offsets[0] ?? 0] };
  for (const [i, at] of changes.entries()) {
    const offset = offsets[i + 1] as number;
    // The rule of later years begins at the last change of the file, though that one may change nothing.
    if (offset === kept.offsets.at(-1) && i < changes.length - 1) continue;
    kept.changes.push(at);
    kept.offsets.push(offset);
  }
  return { ...kept, after };
}
