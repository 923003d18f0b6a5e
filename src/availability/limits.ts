/** Limits on a host's bookings of an event type per local day and per week from Monday on. */

import { dayFromDate, weekOf } from '../time/civil-date.ts';
import { localDay } from '../time/local-time.ts';
import type { ZoneChange } from './hours.ts';
import type { NativeTime } from './native.ts';
import type { EventTypeRules } from './rules.ts';

export type BookingLimit = 'DAY_LIMIT' | 'WEEK_LIMIT';

/** Time zones of a host, by which local days are counted. */
export interface HostZones {
  /** IANA: the host's own. */
  timeZone: string;
  zoneChanges: readonly ZoneChange[];
}

/**
 * The limits that stand against a start.
 * @param active holds and bookings of the host
 * @returns null when no day and no week is full
 */
export function fullLimits(
  { id, rules }: { id: string; rules: Pick<EventTypeRules, 'maxPerDay' | 'maxPerWeek'> },
  host: HostZones,
  active: readonly NativeTime[],
): ((start: number) => BookingLimit[]) | null {
  const { maxPerDay, maxPerWeek } = rules;
  if (maxPerDay === null && maxPerWeek === null) return null;
  const dayOf = localDayOf(host);
  const days = active.filter(({ eventType }) => eventType === id).map(({ start }) => dayOf(start));
  const fullDays = atLimit(maxPerDay, days);
  const fullWeeks = atLimit(maxPerWeek, days.map(weekOf));
  if (fullDays.size === 0 && fullWeeks.size === 0) return null;
  return (start) => {
    const day = dayOf(start);
    const limits: BookingLimit[] = [];
    if (fullDays.has(day)) limits.push('DAY_LIMIT');
    if (fullWeeks.has(weekOf(day))) limits.push('WEEK_LIMIT');
    return limits;
  };
}

/** Values that occur `most` times or more. */
function atLimit(most: number | null, occurrences: readonly number[]): Set<number> {
  const full = new Set<number>();
  if (most === null) return full;
  const counts = new Map<number, number>();
  for (const each of occurrences) {
    const count = (counts.get(each) ?? 0) + 1;
    counts.set(each, count);
    if (count >= most) full.add(each);
  }
  return full;
}

/** The local day of an instant, where the host is by then: at the latest change whose own date has come. */
function localDayOf({ timeZone, zoneChanges }: HostZones): (instant: number) => number {
  const latestFirst = zoneChanges
    .map((change) => ({ since: dayFromDate(change.from), timeZone: change.timeZone }))
    .sort((a, b) => a.since - b.since)
    .reverse();
  return (instant) => {
    for (const change of latestFirst) {
      const day = localDay(change.timeZone, instant);
      if (day >= change.since) return day;
    }
    return localDay(timeZone, instant);
  };
}
