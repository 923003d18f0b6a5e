/**
 * Maps a Google event to its time and its busy kind. An event of ours has an id that is derived from its own id, and a private
 * extended property holds that one.
 */
import { createHash } from 'node:crypto';
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import type { Instant } from '../../time/clock.ts';
import { parseInstant } from '../../time/instant-text.ts';
import { instantOfLocalText } from '../../time/local-time.ts';
import { isTimeZone } from '../../time/zone.ts';
import type { EventKind, RemoteEvent } from '../port.ts';

export type GoogleEvent = calendar_v3.Schema$Event;

/** Unknown values count as busy. Without an attendee `self` the owner's response is unknown too. */
export function kindOf(
  event: Pick<GoogleEvent, 'status' | 'transparency' | 'eventType' | 'attendees'>,
): EventKind {
  const declined = event.attendees?.some(
    (attendee) => attendee.self === true && attendee.responseStatus === 'declined',
  );
  if (event.status === 'cancelled' || event.transparency === 'transparent' || declined) return 'FREE';
  if (event.eventType === 'workingLocation') return 'FREE';
  if (event.eventType === 'outOfOffice') return 'BUSY_UNAVAILABLE';
  return event.status === 'tentative' ? 'BUSY_TENTATIVE' : 'BUSY';
}

/**
 * @param zone the calendar's zone: all-day events follow it, whatever zone the event names
 * @returns null for an event without a readable time
 */
export function mapEvent(event: GoogleEvent, zone: string): RemoteEvent | null {
  const allDay = Boolean(event.start?.date);
  const start = instantOf(event.start, zone);
  if (!event.id || start === null) return null;
  const end = instantOf(event.end, zone) ?? start;
  return {
    externalId: event.id,
    seriesId: event.recurringEventId ?? null,
    kind: kindOf(event),
    start,
    end: Math.max(start, end),
    allDay,
    title: event.summary ?? null,
    ownId: ownIdOf(event),
  };
}

function instantOf(time: calendar_v3.Schema$EventDateTime | undefined, zone: string): Instant | null {
  if (time?.date) return instantOfLocalText(zone, time.date);
  if (!time?.dateTime) return null;
  const zoneName = time.timeZone && isTimeZone(time.timeZone) ? time.timeZone : zone;
  return parseInstant(time.dateTime) ?? instantOfLocalText(zoneName, time.dateTime);
}

const OWN_ID_PROPERTY = 'slotwire';

/** Google accepts event ids from its clients in the alphabet of base32hex, which includes hexadecimal digits. */
export const remoteIdOf = (ownId: string) => createHash('sha256').update(ownId).digest('hex');

/** Private property with the own id; Google returns it in every list. */
export const ownIdProperty = (ownId: string): GoogleEvent => ({
  extendedProperties: { private: { [OWN_ID_PROPERTY]: ownId } },
});

/** A copy of our event, or an instance of a series it became, inherits the property but has another event id. */
export function ownIdOf(event: GoogleEvent): string | null {
  const ownId = event.extendedProperties?.private?.[OWN_ID_PROPERTY];
  return ownId && event.id === remoteIdOf(ownId) ? ownId : null;
}
