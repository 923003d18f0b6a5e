/** Civil time of IANA zones, for a world whose people live in different ones. */
import { DAY, type Instant } from '../time/clock.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that the runtime doesn't know. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, made);
  return made;
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds to add to the instant to read its wall clock as UTC. */
export function offsetAt(zone: string, at: Instant): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** `YYYY-MM-DDTHH:MM:SS` on the wall clock of the zone. */
export const localText = (at: Instant, zone: string) =>
  new Date(at + offsetAt(zone, at)).toISOString().slice(0, 19);

export const dateOf = (at: Instant, zone: string) => localText(at, zone).slice(0, 10);

/** The instant of a wall clock time; one that is skipped or doubled counts by the offset before the change. */
export function instantOf(local: string, zone: string): Instant {
  const wall = Date.parse(`${local.length === 10 ? `${local}T00:00:00` : local}Z`);
  if (Number.isNaN(wall)) throw new RangeError(`${local} is no local time.`);
  const before = offsetAt(zone, wall - DAY);
  const after = offsetAt(zone, wall + DAY);
  const early = wall - before;
  return offsetAt(zone, early) === before
    ? early
    : offsetAt(zone, wall - after) === after
      ? wall - after
      : early;
}

/** @param date `YYYY-MM-DD` */
export const addDays = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** RFC 3339 with the zone's offset, as in `2026-12-01T09:00:00+01:00`; UTC as `Z`. */
export function offsetText(at: Instant, zone: string): string {
  const minutes = Math.round(offsetAt(zone, at) / 60_000);
  if (minutes === 0) return `${localText(at, zone)}Z`;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${localText(at, zone)}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`;
}
