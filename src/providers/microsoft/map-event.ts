/**
 * Maps a Graph event to its time and its busy kind. An event of ours has its own id in an extended property to find it by, and
 * in a transaction id that makes a repeated request harmless.
 */
import type { DateTimeTimeZone, Event } from '@microsoft/microsoft-graph-types';
import { dateFromDay } from '../../time/civil-date.ts';
import { DAY, type Instant } from '../../time/clock.ts';
import { parseInstant } from '../../time/instant-text.ts';
import { instantOfLocalText, type WallReading, wallClock } from '../../time/local-time.ts';
import { ianaName } from '../../time/zone-names.ts';
import type { EventKind, RemoteEvent } from '../port.ts';

export type GraphEvent = Event & { '@removed'?: { reason?: string } };

/** Unknown values count as busy. */
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

/** The delta query returns most occurrences of a series with id and time only: the rest is their master's. */
export const isPartialOccurrence = (event: GraphEvent) =>
  Boolean(event.seriesMasterId) && event.showAs == null;

/** An occurrence with the fields that it inherits from its master. */
export const completeFromMaster = (stub: GraphEvent, master: GraphEvent): GraphEvent => ({
  ...stub,
  showAs: master.showAs ?? null,
  isCancelled: stub.isCancelled ?? master.isCancelled ?? null,
  responseStatus: stub.responseStatus ?? master.responseStatus ?? null,
  isAllDay: stub.isAllDay ?? master.isAllDay ?? null,
  subject: stub.subject ?? master.subject ?? null,
  originalStartTimeZone: stub.originalStartTimeZone ?? master.originalStartTimeZone ?? null,
});

/**
 * @param zone the calendar's zone; null when it is not known
 * @returns null for an event without a readable time
 */
export function mapEvent(event: GraphEvent, zone: string | null): RemoteEvent | null {
  const dayZone = zone ?? ianaName(event.originalStartTimeZone ?? '') ?? 'UTC';
  const timeOf = event.isAllDay
    ? (time: DateTimeTimeZone | null | undefined) => dayOf(time, dayZone)
    : (time: DateTimeTimeZone | null | undefined, reading: WallReading) => instantOf(time, dayZone, reading);
  const start = timeOf(event.start, 'start');
  if (!event.id || start === null) return null;
  // A local time that occurs twice is ambiguous: the event takes all the time that it may mean.
  const end = timeOf(event.end, 'end') ?? start;
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

/** Times have no offset, but a zone beside them; an offset that is there counts. */
function instantOf(
  time: DateTimeTimeZone | null | undefined,
  zone: string,
  reading: WallReading = 'start',
): Instant | null {
  if (!time?.dateTime) return null;
  return (
    parseInstant(time.dateTime) ??
    instantOfLocalText(ianaName(time.timeZone ?? '') ?? zone, time.dateTime, reading)
  );
}

/**
 * A bound of an all-day event. A midnight in the zone it was written in means that date, in the calendar's zone. Any
 * other time is a midnight of the calendar's zone, shifted into another zone: its instant is right as it is.
 */
function dayOf(time: DateTimeTimeZone | null | undefined, zone: string): Instant | null {
  const at = instantOf(time, zone);
  if (at === null) return null;
  const wall = wallClock(ianaName(time?.timeZone ?? '') ?? zone, at);
  return wall % DAY === 0 ? instantOfLocalText(zone, dateFromDay(wall / DAY)) : at;
}

/** Extended property: a named string in a namespace of Slotwire's. */
const OWN_ID_PROPERTY = 'String {6f0e3b1c-8c8e-4d0a-9d5b-2f7c4a1e9b63} Name slotwire';
const TRANSACTION_PREFIX = 'slotwire:';

/** Graph creates one event per transaction id, for as long as it remembers the id. */
export const transactionIdOf = (ownId: string) => `${TRANSACTION_PREFIX}${ownId}`;

/** Extended property with the own id; no list returns it. */
export const ownIdProperty = (ownId: string) => ({
  singleValueExtendedProperties: [{ id: OWN_ID_PROPERTY, value: ownId }],
});

/** A `$filter` for events with this own id. */
export const ownIdFilter = (ownId: string) =>
  `singleValueExtendedProperties/Any(ep: ep/id eq '${OWN_ID_PROPERTY}' and ep/value eq '${ownId.replaceAll("'", "''")}')`;

/** Read from the transaction id, where Graph returns it. An event that became a series is no longer ours. */
export function ownIdOf({ transactionId, seriesMasterId }: GraphEvent): string | null {
  if (!transactionId?.startsWith(TRANSACTION_PREFIX) || seriesMasterId) return null;
  return transactionId.slice(TRANSACTION_PREFIX.length) || null;
}
