/** Resolves all components with one UID: which versions are valid, and which instances follow. */
import { DAY, HOUR, type Instant } from '../../time/clock.ts';
import type { ParsedEvent } from './event.ts';
import { instantAt, type Moment, momentOf } from './length.ts';
import {
  addInstance,
  addSeries,
  isFarFromWindow,
  type Override,
  type SeriesContext,
  timedEventOf,
} from './series.ts';
import { holdUnread, mayOccurUnread, takesTime } from './unread.ts';
import type { Time } from './value.ts';
import { zoneKey } from './zone-name.ts';
import type { Zones } from './zones.ts';

export interface ParsedEntry {
  event: ParsedEvent;
  zones: Zones;
}

export function addUidGroup(group: readonly ParsedEntry[], context: SeriesContext): void {
  const { window, instances } = context;
  if (instances.isFull()) return;
  const masters: ParsedEntry[] = [];
  const byOriginal = new Map<Instant | string, Override[]>();
  for (const { event, zones } of group) {
    const { recurrenceId } = event;
    if (mayOccurUnread(event, window)) instances.markPartial();
    if (event.truncated && takesTime(event)) instances.fill(event.uid, window.from);
    if (recurrenceId === null) masters.push({ event, zones });
    else if (recurrenceId === 'unknown') addUnplacedOverride({ event, zones }, context);
    else {
      const override = { event, zones, original: momentOf(recurrenceId, zones) };
      const key = originalKey(recurrenceId, override.original, window);
      const same = byOriginal.get(key);
      if (same) same.push(override);
      else byOriginal.set(key, [override]);
    }
  }

  const overrides = [...byOriginal.values()].flatMap((same) => newestOf(same, isSameRevision, context));
  // Several equally new events with one UID come from a faulty numbering: all of them take time.
  const [first, ...equals] = newestOf(masters, mayBeOthers, context);
  if (first) addMaster(first, overrides, () => null, context);
  const firstStart = first?.event.start?.wall;
  for (const equal of equals) {
    const copy = equal.event.start?.wall === firstStart;
    addMaster(equal, overrides, (start) => (copy ? null : start), context);
  }
  const placed = new Map<Instant, number | undefined>();
  for (const { event, zones, original } of overrides) {
    if (event.cancelled || isFarFromWindow(event, window)) continue;
    const entry = timedEventOf(event, zones);
    if (!entry) continue;
    const id = instantAt(original);
    // Of two equally new overrides of one instance, at different times, each takes its own.
    const isOther = placed.has(id) && placed.get(id) !== event.start?.wall;
    placed.set(id, placed.get(id) ?? event.start?.wall);
    addInstance(entry, entry.start, isOther ? instantAt(entry.start) : id, context);
  }
}

/** @param idOf recurrence id of an event that doesn't repeat, which distinguishes it from others with its UID */
function addMaster(
  { event, zones }: ParsedEntry,
  overrides: readonly Override[],
  idOf: (start: Instant) => Instant | null,
  context: SeriesContext,
): void {
  const repeats = event.rules.length > 0 || event.added.length > 0 || overrides.length > 0;
  if (event.cancelled || (!repeats && isFarFromWindow(event, context.window))) return;
  const entry = timedEventOf(event, zones);
  if (!entry) return;
  if (repeats) addSeries(entry, overrides, context);
  else addInstance(entry, entry.start, idOf(instantAt(entry.start)), context);
}

const YEAR = 366 * DAY;

/**
 * The instant, equal in UTC and in any zone. Far from the window the wall clock is used: resolving old zones would be
 * slow.
 */
function originalKey(time: Time, moment: Moment, window: { from: Instant; to: Instant }): Instant | string {
  const far = time.wall < window.from - YEAR || time.wall > window.to + YEAR;
  return far ? `${time.wall} ${zoneKey(time.tzid ?? '')}` : instantAt(moment);
}

/** An override without a readable recurrence id takes its own time and leaves the series as it is. */
function addUnplacedOverride({ event, zones }: ParsedEntry, context: SeriesContext): void {
  const entry = timedEventOf(event, zones);
  if (entry) addInstance(entry, entry.start, instantAt(entry.start), context);
  else if (!event.cancelled) holdUnread({ event, zones }, context);
}

/**
 * The events with the highest SEQUENCE, then the latest DTSTAMP (RFC 5546 §2.1.5); several when they are equal. Events
 * without a time don't count.
 */
function newestOf<T extends ParsedEntry>(
  all: readonly T[],
  isEqual: (event: ParsedEvent, newest: ParsedEvent) => boolean,
  context: SeriesContext,
): T[] {
  const readable = all.filter(({ event }) => event.start || event.cancelled);
  for (const entry of all) if (!readable.includes(entry)) holdUnread(entry, context);
  const newer = (a: ParsedEvent, b: ParsedEvent) => a.sequence - b.sequence || a.stamp - b.stamp;
  const newest = readable.reduce<ParsedEvent | null>(
    (soFar, { event }) => (soFar && newer(soFar, event) >= 0 ? soFar : event),
    null,
  );
  return newest ? readable.filter(({ event }) => event === newest || isEqual(event, newest)) : [];
}

/** DTSTAMPs that are nearer to each other may be of one export, which stamps each event as it writes it. */
const LONGEST_EXPORT = HOUR;

/** Whether neither of two events with one SEQUENCE is known to be newer than the other. */
function isSameRevision(event: ParsedEvent, newest: ParsedEvent): boolean {
  if (event.sequence !== newest.sequence) return false;
  if (event.stamp === newest.stamp) return true;
  if (event.cancelled || newest.cancelled) return false;
  return event.stamp === 0 || Math.abs(event.stamp - newest.stamp) < LONGEST_EXPORT;
}

/** Also whether they may be different events to which a faulty program gave one UID: then one doesn't cancel the other. */
function mayBeOthers(event: ParsedEvent, newest: ParsedEvent): boolean {
  const elsewhere = event.start !== null && newest.start !== null && event.start.wall !== newest.start.wall;
  return (
    isSameRevision(event, newest) ||
    (elsewhere && isSameRevision({ ...event, cancelled: false }, { ...newest, cancelled: false }))
  );
}
