/** A host's time for the slot engine: busy and native time, with time that is not known counted as busy. */
import type { HostTime } from '../availability/host-starts.ts';
import type { NativeTime } from '../availability/native.ts';
import { blockingPeriods, mergeBusy, mergePeriods } from '../availability/period.ts';
import type { CalendarBusy } from '../calendars/source.ts';
import { nativeCalendarId } from '../store/bookings/calendars.ts';
import type { HostSources } from './sources.ts';

const BEGINNING = -8.64e15;
const END = 8.64e15;

/** Made for what was read of a host, and the same until something of it is newer: by whether tentative time blocks. */
const made = new WeakMap<HostSources, Map<boolean, HostTime>>();

/** @param without the hold or booking whose own time doesn't count; null: none */
export function hostTime(sources: HostSources, tentativeBlocks: boolean, without: string | null): HostTime {
  if (without !== null) return makeHostTime(sources, tentativeBlocks, without);
  const known = made.get(sources) ?? new Map<boolean, HostTime>();
  const time = known.get(tentativeBlocks) ?? makeHostTime(sources, tentativeBlocks, null);
  made.set(sources, known.set(tentativeBlocks, time));
  return time;
}

function makeHostTime(sources: HostSources, tentativeBlocks: boolean, without: string | null): HostTime {
  const { host, native } = sources;
  const lists = [
    ...blockingByCalendar(sources, tentativeBlocks).map(({ busy }) => busy),
    ...sources.calendars.map(({ source }) => uncovered(source)),
  ];
  return {
    hours: host.hours,
    zoneChanges: host.zoneChanges,
    timeZone: host.timeZone,
    busy: mergePeriods(lists),
    native: nativeTimeExcept(native, without),
  };
}

/** The host without busy time, holds and bookings: only time that is not known is left as busy. */
export const unbookedHostTime = ({ host, calendars }: HostSources): HostTime => ({
  hours: host.hours,
  zoneChanges: host.zoneChanges,
  timeZone: host.timeZone,
  busy: mergePeriods(calendars.map(({ source }) => uncovered(source))),
  native: [],
});

/** Holds and bookings except the one with the id `without`. */
export const nativeTimeExcept = (native: readonly NativeTime[], without: string | null) =>
  native.filter(({ kind, owner }) => kind !== 'block' && owner !== without);

/** Blocking periods by calendar, the host's native one included if it has blocks. */
export function blockingByCalendar({ host, calendars, native }: HostSources, tentativeBlocks: boolean) {
  const blocks = native.filter(({ kind }) => kind === 'block');
  return [
    ...calendars.map(({ id, source }) => ({ id, busy: blockingPeriods(source.busy, tentativeBlocks) })),
    ...(blocks.length > 0
      ? [{ id: nativeCalendarId(host.id), busy: blockingOfBlocks(blocks, tentativeBlocks) }]
      : []),
  ];
}

const blockingOfBlocks = (blocks: readonly NativeTime[], tentativeBlocks: boolean): Float64Array =>
  blockingPeriods(
    mergeBusy(blocks.map(({ start, end, busyKind }) => ({ start, end, kind: busyKind }))),
    tentativeBlocks,
  );

/** Time outside the source's coverage, which counts as busy because it is not known to be free. */
const uncovered = ({ coveredFrom, coveredTo }: CalendarBusy): Float64Array =>
  coveredFrom === null || coveredTo === null
    ? Float64Array.of(BEGINNING, END)
    : Float64Array.of(BEGINNING, coveredFrom, coveredTo, END);
