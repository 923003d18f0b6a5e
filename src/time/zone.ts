/**
 * Zones by their offsets, and wall clock to instant by them. A wall-clock time is milliseconds too: the instant at which
 * UTC's clock would show it. Offsets come from the zone data of the process (installed-zones.ts; in pages, the browser's).
 */
import { findZone } from '#zones';
import type { Instant } from './clock.ts';

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

/** Ids that Intl accepts although they name no IANA zone, and often not the zone that is meant: BST is Dhaka. */
const NOT_IANA =
  /^(?:SystemV\/.*|ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST)$/i;

/** Whether the text is the name of an IANA time zone, in any case of letters. Offsets such as "+01:00" are not. */
export const isTimeZone = (name: string): boolean =>
  /^[A-Za-z]/.test(name) && !NOT_IANA.test(name) && findZone(name) !== null;

/** @param day in days since 1970-01-01. @throws RangeError for an unknown zone. */
export function offsetsAround(timeZone: string, day: number): ZoneOffsets {
  const zone = findZone(timeZone);
  if (!zone) throw new RangeError(`unknown time zone: ${timeZone}`);
  return zone.around(day);
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
