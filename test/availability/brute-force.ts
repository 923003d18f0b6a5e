/** Slots found the slow way: minute by minute, with wall clocks read from Intl and nothing of the engine but its types. */
import type { DayRange } from '../../src/availability/hours.ts';
import type { HostTime, SlotRules } from '../../src/availability/slots.ts';

export const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;

/** How far around a case's first instant wall clocks are read. */
const BEFORE = 5 * DAY;
const AFTER = 10 * DAY;

interface WallClock {
  /** Instant of the first minute. */
  from: number;
  /** Per minute, what the clock shows, as minutes since 1970-01-01 on that clock. */
  shown: number[];
}

const clocks = new Map<string, WallClock>();

/** A zone's wall clock around an instant, read once. */
function clockAround(timeZone: string, instant: number): WallClock {
  const day = Math.floor(instant / DAY) * DAY;
  const key = `${timeZone} ${day}`;
  let clock = clocks.get(key);
  if (!clock) {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    const from = day - BEFORE;
    const shown: number[] = [];
    for (let at = from; at < day + AFTER; at += MINUTE) {
      shown.push(Date.parse(`${format.format(at).replace(' ', 'T')}Z`) / MINUTE);
    }
    clock = { from, shown };
    clocks.set(key, clock);
  }
  return clock;
}

/** The first or last minute that shows this time; when none does, the first one that shows a later time. */
function instantOf({ from, shown }: WallClock, wall: number, which: 'first' | 'last'): number {
  const found = which === 'first' ? shown.indexOf(wall) : shown.lastIndexOf(wall);
  const index = found >= 0 ? found : shown.findIndex((minute) => minute > wall);
  return from + index * MINUTE;
}

function rangesOf(date: number, { hours }: HostTime): DayRange[] {
  const iso = new Date(date * DAY).toISOString().slice(0, 10);
  const override = hours.overrides.find((each) => each.date === iso);
  if (override) return override.ranges;
  const weekday = (new Date(date * DAY).getUTCDay() + 6) % 7;
  return hours.weekly.filter(({ days }) => days.includes(weekday));
}

function zoneOf(date: number, { hours, zoneChanges }: HostTime): string {
  const iso = new Date(date * DAY).toISOString().slice(0, 10);
  let [zone, since] = [hours.timeZone, ''];
  for (const { from, timeZone } of zoneChanges)
    if (from <= iso && from >= since) [zone, since] = [timeZone, from];
  return zone;
}

/** Windows up to five days, everything but `now` and the window on whole minutes. */
export function bruteForce(
  rules: SlotRules,
  host: HostTime,
  window: { from: number; to: number },
  now: number,
): number[] {
  const ranges: { start: number; end: number }[] = [];
  const today = Math.floor(window.from / DAY);
  for (let date = today - 3; date < today + 8; date++) {
    const clock = clockAround(zoneOf(date, host), window.from);
    for (const { start, end } of rangesOf(date, host)) {
      const midnight = date * 1440;
      ranges.push({
        start: instantOf(clock, midnight + start, 'first'),
        end: instantOf(clock, midnight + end, 'last'),
      });
    }
  }
  const worked = new Set<number>();
  for (const { start, end } of ranges) for (let at = start; at < end; at += MINUTE) worked.add(at);

  const offered: number[] = [];
  for (let start = Math.ceil(window.from / MINUTE) * MINUTE; start < window.to; start += MINUTE) {
    const end = start + rules.length;
    const onGrid = ranges.some(
      (range) => range.start <= start && start < range.end && (start - range.start) % rules.interval === 0,
    );
    if (!onGrid || end > window.to) continue;
    if (start < now || start < now + rules.minimumNotice) continue;
    if (rules.horizon !== null && start > now + rules.horizon) continue;
    let free = true;
    for (let at = start; at < end; at += MINUTE) free &&= worked.has(at);
    for (let i = 0; i < host.busy.length; i += 2) {
      const [from = 0, to = 0] = host.busy.subarray(i, i + 2);
      if (from < end + rules.bufferAfter && to > start - rules.bufferBefore) free = false;
    }
    if (free) offered.push(start);
  }
  return offered;
}
