/** Zone offsets by Intl: the rules that Node or a browser brings along, found by asking day by day. */
import { DAY, MINUTE, SECOND } from './clock.ts';
import type { ZoneOffsets } from './zone.ts';
import { createZoneReader, type ZoneReader } from './zone-reader.ts';
import { STRETCH_MARGIN } from './zone-rules.ts';

/** Beyond it, on both sides, there are no dates (ECMA-262 §21.4.1.1). */
const LAST_INSTANT = 8.64e15;

/** Null for a name that Intl doesn't know. */
export function readIntlZone(timeZone: string): ZoneReader | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    return createZoneReader((firstDay, endDay) => readStretch(format, firstDay, endDay));
  } catch {
    return null;
  }
}

/** Samples the offset once a day: some changes are a week apart and cancel each other, none lie within a day. */
function readStretch(format: Intl.DateTimeFormat, firstDay: number, endDay: number): ZoneOffsets {
  let before = offsetAt(format, (firstDay - STRETCH_MARGIN) * DAY);
  const bounds = [Number.NEGATIVE_INFINITY];
  const offsets = [before];
  for (let day = firstDay - STRETCH_MARGIN + 1; day <= endDay + STRETCH_MARGIN; day++) {
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
