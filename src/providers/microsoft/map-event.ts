/** What a Graph event means: its time, and what it does to its owner's. */
import type { DateTimeTimeZone, Event } from '@microsoft/microsoft-graph-types';
import { DAY, type Instant } from '../../time/clock.ts';
import { instantOfLocalText, wallClock } from '../../time/local-time.ts';
import type { EventKind, RemoteEvent } from '../port.ts';
import { ownIdOf } from './own-id.ts';
import { ianaOf } from './zone.ts';

export type GraphEvent = Event & { '@removed'?: { reason?: string } };

/** Unknown values take time. */
export function kindOf(event: Pick<Event, 'showAs' | 'isCancelled' | 'responseStatus'>): EventKind {
  if (event.isCancelled || event.responseStatus?.response === 'declined') return 'FREE';
  switch (event.showAs) {
    case 'free':
    case 'workingElsewhere':
      return 'FREE';
    case 'tentative':
      return 'BUSY_TENTATIVE';
    case 'oof':
      return 'BUSY_UNAVAILABLE';
    default:
      return 'BUSY';
  }
}

/** Delta gives most occurrences of a series by id and time alone: what else they are is their master's. */
export const isStub = (event: GraphEvent) => Boolean(event.seriesMasterId) && event.showAs == null;

/** A stub with what it leaves to its master. */
export const completed = (stub: GraphEvent, master: GraphEvent): GraphEvent => ({
  ...stub,
  showAs: master.showAs ?? null,
  isCancelled: stub.isCancelled ?? master.isCancelled ?? null,
  responseStatus: stub.responseStatus ?? master.responseStatus ?? null,
  isAllDay: stub.isAllDay ?? master.isAllDay ?? null,
  subject: stub.subject ?? master.subject ?? null,
  originalStartTimeZone: stub.originalStartTimeZone ?? master.originalStartTimeZone ?? null,
});

/**
 * @param zone The calendar's; null when it is not known.
 * @returns null for an event without a readable time.
 */
export function remoteEventOf(event: GraphEvent, zone: string | null): RemoteEvent | null {
  const days = zone ?? ianaOf(event.originalStartTimeZone) ?? 'UTC';
  const read = event.isAllDay
    ? (time: DateTimeTimeZone | null | undefined) => dayOf(time, days)
    : (time: DateTimeTimeZone | null | undefined, doubled: 'first' | 'second') =>
        instantOf(time, days, doubled);
  const start = read(event.start, 'first');
  if (!event.id || start === null) return null;
  // A time that a clock change repeats can't be told apart: the event takes all that it may.
  const end = read(event.end, 'second') ?? start;
  return {
    externalId: event.id,
    seriesId: event.seriesMasterId ?? null,
    kind: kindOf(event),
    start,
    end: Math.max(start, end),
    allDay: event.isAllDay === true,
    title: event.subject ?? null,
    ownId: ownIdOf(event),
  };
}

/** Times have no offset but name a zone beside; should one have an offset, it counts. */
function instantOf(
  time: DateTimeTimeZone | null | undefined,
  zone: string,
  doubled: 'first' | 'second' = 'first',
): Instant | null {
  if (!time?.dateTime) return null;
  if (/(?:Z|[+-]\d\d:\d\d)$/i.test(time.dateTime)) {
    const at = Date.parse(time.dateTime);
    return Number.isNaN(at) ? null : at;
  }
  return instantOfLocalText(ianaOf(time.timeZone) ?? zone, time.dateTime, doubled);
}

/**
 * A bound of an all-day event. A midnight on the wall it was written by stands for that date, in the calendar's
 * zone; any other time is a midnight of the calendar's zone that was shifted into another one, and right as it is.
 */
function dayOf(time: DateTimeTimeZone | null | undefined, zone: string): Instant | null {
  const at = instantOf(time, zone);
  if (at === null) return null;
  const written = wallClock(ianaOf(time?.timeZone) ?? zone, at);
  return written % DAY === 0 ? instantOfLocalText(zone, new Date(written).toISOString().slice(0, 10)) : at;
}
