/** Working hours as a host wrote them become ranges of instants, each the origin of its own grid of starts. */
import { dayFromDate, type LocalDate, weekdayOf } from '../time/civil-date.ts';
import { DAY, MINUTE } from '../time/clock.ts';
import { endAt, offsetsAround, startAt, type ZoneOffsets } from '../time/zone.ts';

/** Minutes of the local day, 0 ≤ start < end ≤ 1440. 1440 is the next day's 00:00. */
export interface DayRange {
  start: number;
  end: number;
}

export interface WeeklyHours extends DayRange {
  /** 0 = Monday … 6 = Sunday */
  days: number[];
}

/** Replaces the weekly hours of its date. No ranges: closed that day. */
export interface DateOverride {
  date: LocalDate;
  ranges: DayRange[];
}

export interface WorkingHours {
  /** IANA. */
  timeZone: string;
  weekly: WeeklyHours[];
  overrides: DateOverride[];
}

/** From this local date on the hours are in this zone. */
export interface ZoneChange {
  from: LocalDate;
  timeZone: string;
}

/** No part of a local day is further than this many days from the UTC day of the same date. */
const REACH = 2;

/**
 * The ranges that overlap [from, to), whole, not clipped and not merged: [start, end, …], sorted by start.
 * @throws RangeError for an unknown zone.
 */
export function workingRanges(
  hours: WorkingHours,
  changes: ZoneChange[],
  from: number,
  to: number,
): Float64Array {
  const week = weekOf(hours.weekly);
  const overrides = new Map(hours.overrides.map(({ date, ranges }) => [dayFromDate(date), ranges]));
  const zoneOf = zonesByDay(hours.timeZone, changes);
  const ranges: number[] = [];
  let timeZone = '';
  let offsets: ZoneOffsets | undefined;
  const last = Math.floor(to / DAY) + REACH;
  for (let day = Math.floor(from / DAY) - REACH; day <= last; day++) {
    const zone = zoneOf(day);
    if (!offsets || zone !== timeZone || day >= offsets.endDay) {
      offsets = offsetsAround(zone, day);
      timeZone = zone;
    }
    const midnight = day * DAY;
    for (const range of overrides.get(day) ?? week[weekdayOf(day)] ?? []) {
      const start = startAt(offsets, midnight + range.start * MINUTE);
      const end = endAt(offsets, midnight + range.end * MINUTE);
      // A range within a skipped hour is empty.
      if (start < end && start < to && end > from) ranges.push(start, end);
    }
  }
  return sortByStart(new Float64Array(ranges));
}

/** Per weekday its ranges. */
function weekOf(weekly: readonly WeeklyHours[]): DayRange[][] {
  const week: DayRange[][] = [[], [], [], [], [], [], []];
  for (const range of weekly) for (const day of range.days) week[day]?.push(range);
  for (const ranges of week) if (ranges.length > 1) ranges.sort((a, b) => a.start - b.start);
  return week;
}

/** The zone of a day: that of the latest change up to it. */
function zonesByDay(timeZone: string, changes: readonly ZoneChange[]): (day: number) => string {
  if (changes.length === 0) return () => timeZone;
  const since = changes
    .map((change) => ({ day: dayFromDate(change.from), timeZone: change.timeZone }))
    .sort((a, b) => a.day - b.day);
  return (day) => since.findLast((change) => change.day <= day)?.timeZone ?? timeZone;
}

/** Insertion sort: only overrides, clock changes and changes of zone leave anything to move. */
function sortByStart(ranges: Float64Array): Float64Array {
  for (let i = 2; i < ranges.length; i += 2) {
    const start = ranges[i] as number;
    const end = ranges[i + 1] as number;
    let at = i;
    for (; at > 0 && (ranges[at - 2] as number) > start; at -= 2) ranges.copyWithin(at, at - 2, at);
    if (at === i) continue;
    ranges[at] = start;
    ranges[at + 1] = end;
  }
  return ranges;
}
