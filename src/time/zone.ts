/**
 * Where zones' offsets come from, and wall clock to instant by them. A wall-clock time is milliseconds too: the instant at
 * which UTC's clock would show it. Offsets come from Intl once per zone and year and are cached, for they are the only slow
 * part of civil time. No other file asks Intl for an offset.
 */
import { BoundedMap } from '../async/bounded-map.ts';
import { DAY, type Instant, MINUTE, SECOND } from './clock.ts';

/** A zone's offsets around a stretch of days. Offset i holds over [bounds[i], bounds[i + 1]); the outer bounds are infinite. */
export interface ZoneOffsets {
  /** Days since 1970-01-01. These offsets resolve the wall clock of the days before it, back to the stretch's first. */
  endDay: number;
  bounds: number[];
  /** Milliseconds ahead of UTC. */
  offsets: number[];
}

/** A time zone, by its offsets. */
export interface Zone {
  /** IANA; null for one that a calendar defines itself. */
  name: string | null;
  /** @param day in days since 1970-01-01 */
  around(day: number): ZoneOffsets;
}

export const ianaZone = (name: string): Zone => ({ name, around: (day) => offsetsAround(name, day) });

const NO_OFFSET: ZoneOffsets = {
  endDay: Number.POSITIVE_INFINITY,
  bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  offsets: [0],
};

export const UTC: Zone = { name: 'UTC', around: () => NO_OFFSET };

interface KnownZone {
  format: Intl.DateTimeFormat;
  stretches: Map<number, ZoneOffsets>;
}

/** Days of a stretch. */
const STRETCH = 366;
/** Days on both sides: more than any offset and any shift. */
const MARGIN = 3;
/** Stretches cached per zone; bounded, because a query may name any year. */
const KEPT = 64;
/** Beyond it, on both sides, there are no dates (ECMA-262 §21.4.1.1). */
const LAST_INSTANT = 8.64e15;

const zones = new Map<string, KnownZone>();

/** Ids that Intl accepts although they name no IANA zone, and often not the zone that is meant: BST is Dhaka. */
const NOT_IANA =
  /^(?:SystemV\/.*|ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST)$/i;

/** Whether the text is the name of an IANA time zone. Offsets such as "+01:00" are not. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || NOT_IANA.test(name)) return false;
  if (zones.has(name)) return true;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** @param day in days since 1970-01-01. @throws RangeError for an unknown zone. */
export function offsetsAround(timeZone: string, day: number): ZoneOffsets {
  let zone = zones.get(timeZone);
  if (!zone) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    zone = { format, stretches: new BoundedMap(KEPT) };
    zones.set(timeZone, zone);
  }
  const index = Math.floor(day / STRETCH);
  let stretch = zone.stretches.get(index);
  if (!stretch) {
    stretch = readStretch(zone.format, index * STRETCH);
    zone.stretches.set(index, stretch);
  }
  return stretch;
}

/** Samples the offset once a day: some changes are a week apart and cancel each other, none lie within a day. */
function readStretch(format: Intl.DateTimeFormat, firstDay: number): ZoneOffsets {
  const endDay = firstDay + STRETCH;
  let before = offsetAt(format, (firstDay - MARGIN) * DAY);
  const bounds = [Number.NEGATIVE_INFINITY];
  const offsets = [before];
  for (let day = firstDay - MARGIN + 1; day <= endDay + MARGIN; day++) {
    const after = offsetAt(format, day * DAY);
    if (after === before) continue;
    bounds.push(changeWithin(format, (day - 1) * DAY, day * DAY, before));
    offsets.push(after);
    before = after;
  }
  bounds.push(Number.POSITIVE_INFINITY);
  return { endDay, bounds, offsets };
}

/** The first instant of (low, high] whose offset is not `before` any more. */
function changeWithin(format: Intl.DateTimeFormat, low: number, high: number, before: number): number {
  let same = low;
  let other = high;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(format, middle) === before) same = middle;
    else other = middle;
  }
  return other;
}

const LONG_OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

function offsetAt(format: Intl.DateTimeFormat, instant: number): number {
  const text = format.format(Math.max(-LAST_INSTANT, Math.min(instant, LAST_INSTANT)));
  const [, sign, hours = 0, minutes = 0, seconds = 0] = LONG_OFFSET.exec(text) ?? [];
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * SECOND;
  return sign === '-' ? -size : size;
}

/** When something begins: at the first occurrence of this wall-clock time; a skipped one, at the instant after the gap. */
export function startAt({ bounds, offsets }: ZoneOffsets, wall: number): Instant {
  let i = 0;
  while (wall - (offsets[i] as number) >= (bounds[i + 1] as number)) i++;
  return Math.max(wall - (offsets[i] as number), bounds[i] as number);
}

/** When something ends: at the last occurrence of this wall-clock time; a skipped one, at the instant after the gap. */
export function endAt({ bounds, offsets }: ZoneOffsets, wall: number): Instant {
  let i = offsets.length - 1;
  while (wall - (offsets[i] as number) < (bounds[i] as number)) i--;
  return Math.min(wall - (offsets[i] as number), bounds[i + 1] as number);
}

/** Like `startAt`, but a skipped time is read by the offset before the gap (RFC 5545 §3.3.5). */
export function shiftedAt({ bounds, offsets }: ZoneOffsets, wall: number): Instant {
  let i = 0;
  while (wall - (offsets[i] as number) >= (bounds[i + 1] as number)) i++;
  const at = wall - (offsets[i] as number);
  return at < (bounds[i] as number) ? wall - (offsets[i - 1] as number) : at;
}

/** Milliseconds that the wall clock is ahead of UTC at an instant of the stretch. */
export function offsetDuring({ bounds, offsets }: ZoneOffsets, instant: number): number {
  let i = 0;
  while (instant >= (bounds[i + 1] as number)) i++;
  return offsets[i] as number;
}
