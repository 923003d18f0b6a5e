/** Slots found the slow way: minute by minute, with wall clocks read by moment-timezone and nothing of the engine but its types. */
import moment from 'moment-timezone';
import type { HostTime, StartsType } from '../../src/availability/host-starts.ts';
import type { DayRange } from '../../src/availability/hours.ts';
import type { NativeTime } from '../../src/availability/native.ts';
import type { ReasonCode } from '../../src/availability/reasons.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';

export const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;

/** How far around a case's first instant wall clocks are read. */
const BEFORE = 5 * DAY;
const AFTER = 10 * DAY;

interface WallClock {
  /** Instant of the first minute. */
  from: number;
  /** Per minute, what the clock shows, as minutes since 1970-01-01 on that clock. */
  shown: Int32Array;
  /** Per minute shown, counted from `least` on: the first and the last minute that shows it; -1: none does. */
  least: number;
  first: Int32Array;
  last: Int32Array;
}

const clocks = new Map<string, WallClock>();
const quarters = new Map<string, number>();

/** What the clock shows at an instant. */
function read(timeZone: string, instant: number): number {
  const west = moment.tz.zone(timeZone)?.utcOffset(instant);
  if (west === undefined) throw new RangeError(`moment-timezone lacks ${timeZone}`);
  return Math.floor(instant / MINUTE) - west;
}

/** The same at a quarter of an hour, kept: it is read often. */
function readQuarter(timeZone: string, instant: number): number {
  const key = `${timeZone} ${instant}`;
  const shown = quarters.get(key) ?? read(timeZone, instant);
  quarters.set(key, shown);
  return shown;
}

/** A zone's wall clock around an instant, read once: each minute of the quarters of an hour in which the clock jumps. */
function clockAround(timeZone: string, instant: number): WallClock {
  const day = Math.floor(instant / DAY) * DAY;
  const key = `${timeZone} ${day}`;
  const known = clocks.get(key);
  if (known) return known;
  const from = day - BEFORE;
  const shown = new Int32Array((BEFORE + AFTER) / MINUTE);
  for (let i = 0; i < shown.length; i += 15) {
    const at = from + i * MINUTE;
    const begin = readQuarter(timeZone, at);
    const steady = readQuarter(timeZone, at + 15 * MINUTE) === begin + 15;
    for (let j = 0; j < 15; j++) shown[i + j] = steady ? begin + j : read(timeZone, at + j * MINUTE);
  }
  const least = shown.reduce((a, b) => Math.min(a, b));
  const size = shown.reduce((a, b) => Math.max(a, b)) - least + 1;
  const first = new Int32Array(size).fill(-1);
  const last = new Int32Array(size).fill(-1);
  shown.forEach((wall, i) => {
    if (first[wall - least] === -1) first[wall - least] = i;
    last[wall - least] = i;
  });
  const clock = { from, shown, least, first, last };
  clocks.set(key, clock);
  return clock;
}

/** The first or last minute that shows this time; when none does, the first one that shows a later time. */
function instantOf(clock: WallClock, wall: number, which: 'first' | 'last'): number {
  const found = clock[which][wall - clock.least] ?? -1;
  const index = found >= 0 ? found : clock.shown.findIndex((minute) => minute > wall);
  return clock.from + index * MINUTE;
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

/** What a host's hours are, minute by minute. */
interface Opening {
  around: number;
  ranges: { start: number; end: number }[];
  from: number;
  /** Per minute from `from` on. */
  worked: Uint8Array;
}

/** @param around windows lie from three days before its day to five days after it */
function openingOf(host: HostTime, around: number): Opening {
  const ranges: Opening['ranges'] = [];
  const today = Math.floor(around / DAY);
  for (let date = today - 3; date < today + 8; date++) {
    const clock = clockAround(zoneOf(date, host), around);
    for (const { start, end } of rangesOf(date, host)) {
      const midnight = date * 1440;
      ranges.push({
        start: instantOf(clock, midnight + start, 'first'),
        end: instantOf(clock, midnight + end, 'last'),
      });
    }
  }
  const from = (today - 6) * DAY;
  const worked = new Uint8Array(17 * 1440);
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += MINUTE) worked[(at - from) / MINUTE] = 1;
  }
  return { around, ranges, from, worked };
}

const isLive = ({ kind, expiresAt }: NativeTime, now: number) =>
  kind === 'booking' || (kind === 'hold' && (expiresAt === null || expiresAt > now));

/** The contract's gap between two bookings, whichever was first in time. */
function tooNear(start: number, end: number, rules: EventTypeRules, other: NativeTime): boolean {
  if (other.end <= start) return start - other.end < Math.max(other.bufferAfter, rules.bufferBefore);
  if (end <= other.start) return other.start - end < Math.max(rules.bufferAfter, other.bufferBefore);
  return true;
}

/** The date that a zone's clock shows, as days since 1970-01-01. */
function dateIn(timeZone: string, around: number, instant: number): number {
  const { from, shown } = clockAround(timeZone, around);
  return Math.floor((shown[Math.floor((instant - from) / MINUTE)] ?? Number.NaN) / 1440);
}

/** The date where the host is: the last change by date whose own date has come there. */
function hostDate(host: HostTime, around: number, instant: number): number {
  let [date, since] = [dateIn(host.timeZone, around, instant), Number.NEGATIVE_INFINITY];
  for (const { from, timeZone } of host.zoneChanges) {
    const there = dateIn(timeZone, around, instant);
    const change = Date.parse(from) / DAY;
    if (there >= change && change >= since) [date, since] = [there, change];
  }
  return date;
}

/** The Monday on or before a date. */
function mondayOf(date: number): number {
  let day = date;
  while (new Date(day * DAY).getUTCDay() !== 1) day--;
  return day;
}

const isOnGrid = (rules: EventTypeRules, { ranges }: Opening, start: number) =>
  ranges.some(
    (range) => range.start <= start && start < range.end && (start - range.start) % rules.interval === 0,
  );

/** Every code that stands against one start, busy time being that of one calendar. All but `now` on whole minutes. */
function codesAgainst(type: StartsType, host: HostTime, opening: Opening, start: number, now: number) {
  const { id, rules } = type;
  const end = start + rules.length;
  const codes = new Set<ReasonCode>();
  let worked = true;
  for (let at = start; at < end && worked; at += MINUTE) {
    worked = opening.worked[(at - opening.from) / MINUTE] === 1;
  }
  const onGrid = isOnGrid(rules, opening, start);
  if (!worked) codes.add('OUTSIDE_HOURS');
  else if (!onGrid) codes.add('OFF_GRID');
  if (start < now || start < now + rules.minimumNotice) codes.add('NOTICE');
  if (rules.horizon !== null && start > now + rules.horizon) codes.add('HORIZON');
  for (let i = 0; i < host.busy.length; i += 2) {
    const [from = 0, to = 0] = host.busy.subarray(i, i + 2);
    if (from < end && to > start) codes.add('BUSY');
    else if (from < end + rules.bufferAfter && to > start - rules.bufferBefore) codes.add('BUFFER');
  }
  const live = host.native.filter((native) => isLive(native, now));
  const ours = live.filter(({ eventType }) => eventType === id);
  const sharing = rules.seats > 1 ? ours.filter((native) => native.start === start) : [];
  if (sharing.length >= rules.seats) codes.add('SEATS_TAKEN');
  for (const native of live) {
    if (sharing.includes(native) || !tooNear(start, end, rules, native)) continue;
    codes.add(native.kind === 'hold' ? 'HELD' : 'BOOKED');
  }
  if (rules.maxPerDay !== null || rules.maxPerWeek !== null) {
    const date = hostDate(host, opening.around, start);
    const same = ours.map((native) => hostDate(host, opening.around, native.start));
    const inDay = same.filter((other) => other === date).length;
    const inWeek = same.filter((other) => mondayOf(other) === mondayOf(date)).length;
    if (rules.maxPerDay !== null && inDay >= rules.maxPerDay) codes.add('DAY_LIMIT');
    if (rules.maxPerWeek !== null && inWeek >= rules.maxPerWeek) codes.add('WEEK_LIMIT');
  }
  return { codes, left: rules.seats - sharing.length };
}

export interface Found {
  /** By start. */
  left: Map<number, number>;
  /** Sorted; none when the start is offered. For starts of the window. */
  codes: (start: number) => ReasonCode[];
}

/** Seats left by start, for windows up to five days, and why there are no others. */
export function bruteForce(
  type: StartsType,
  host: HostTime,
  window: { from: number; to: number },
  now: number,
): Found {
  const opening = openingOf(host, window.from);
  const found = new Map<number, number>();
  for (let start = Math.ceil(window.from / MINUTE) * MINUTE; start < window.to; start += MINUTE) {
    if (start + type.rules.length > window.to || !isOnGrid(type.rules, opening, start)) continue;
    const { codes, left } = codesAgainst(type, host, opening, start, now);
    if (codes.size === 0) found.set(start, left);
  }
  return {
    left: found,
    codes: (start) => [...codesAgainst(type, host, opening, start, now).codes].sort(),
  };
}
