/** World events in Google's words. */

import { createHash } from 'node:crypto';
import { formatInstant, formatUtcDateTime } from '../../time/instant-text.ts';
import { localDate, offsetDateTime } from '../../time/local-time.ts';
import type { Instance, WorldEvent } from '../event.ts';
import type { Person, WorldCalendar } from '../world.ts';

export interface Place {
  calendar: WorldCalendar;
  person: Person;
  /** Of the answer's times: IANA. */
  timeZone: string;
}

type Json = Record<string, unknown>;

const ANSWER = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  needsAction: 'needsAction',
  organizer: 'accepted',
} as const;

export const etagOf = (event: WorldEvent) => `"3${String(event.revision).padStart(15, '0')}"`;
const secret = (...parts: string[]) =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 26);

/** `{master}_{YYYYMMDDTHHMMSSZ}`, or `_YYYYMMDD` of an all-day series. */
export const instanceId = ({ event, originalStart, allDay }: Instance) =>
  `${event.id}_${allDay ? localDate(event.timeZone, originalStart).replaceAll('-', '') : formatUtcDateTime(originalStart)}`;

/** What is left of a deleted event. */
export const tombstone = (event: WorldEvent): Json => ({
  kind: 'calendar#event',
  etag: etagOf(event),
  id: event.id,
  status: 'cancelled',
});

/** What is left of one instance of a series: no more than Google promises. */
export const cancelledInstance = (instance: Instance, place: Place): Json => ({
  status: 'cancelled',
  id: instanceId(instance),
  recurringEventId: instance.event.id,
  originalStartTime: timeOf(instance.originalStart, instance, place),
});

/** An instance, an event that is no series, or (`asMaster`) the series itself. */
export function eventForm(instance: Instance, place: Place, asMaster = false): Json {
  const { event } = instance;
  const { calendar, person } = place;
  const ofSeries = event.series !== null && !asMaster;
  const self = { email: calendar.primary ? person.email : calendar.id, self: true };
  const other = { email: 'organiser@example.net', displayName: 'Organiser' };
  const own = event.response === 'organizer';
  return {
    kind: 'calendar#event',
    etag: etagOf(event),
    id: ofSeries ? instanceId(instance) : event.id,
    status: event.status === 'confirmed' && event.showAs === 'tentative' ? 'tentative' : event.status,
    htmlLink: `https://www.google.com/calendar/event?eid=${secret('link', event.id)}`,
    created: formatInstant(event.created),
    updated: formatInstant(event.updated),
    summary: event.title,
    creator: own ? { email: person.email, self: true } : other,
    organizer: own ? self : other,
    start: timeOf(instance.start, instance, place),
    end: timeOf(instance.end, instance, place, 'end'),
    ...(ofSeries
      ? {
          recurringEventId: event.id,
          originalStartTime: timeOf(instance.originalStart, instance, place),
        }
      : event.series
        ? { recurrence: [ruleOf(event.series)] }
        : {}),
    ...(transparent(event) ? { transparency: 'transparent' } : {}),
    iCalUID: `${event.id}@google.com`,
    sequence: event.exceptions.size,
    ...event.extra,
    ...(own
      ? {}
      : {
          attendees: [
            { ...other, organizer: true, responseStatus: 'accepted' },
            {
              email: person.email,
              displayName: person.name,
              self: true,
              responseStatus: ANSWER[event.response],
            },
          ],
        }),
    reminders: { useDefault: true },
    ...typeOf(event, calendar),
  };
}

const transparent = (event: WorldEvent) => event.showAs === 'free' || event.showAs === 'workingElsewhere';

/** Status events exist on primary calendars only. */
function typeOf(event: WorldEvent, calendar: WorldCalendar): Json {
  if (!calendar.primary) return { eventType: 'default' };
  if (event.showAs === 'oof' && !event.allDay) {
    return { eventType: 'outOfOffice', outOfOfficeProperties: { autoDeclineMode: 'declineNone' } };
  }
  if (event.showAs !== 'workingElsewhere') return { eventType: 'default' };
  return { eventType: 'workingLocation', workingLocationProperties: { type: 'homeOffice', homeOffice: {} } };
}

const ruleOf = ({ every, interval = 1, count }: NonNullable<WorldEvent['series']>) =>
  `RRULE:FREQ=${every === 'day' ? 'DAILY' : 'WEEKLY'}${interval === 1 ? '' : `;INTERVAL=${interval}`}${count === null ? '' : `;COUNT=${count}`}`;

function timeOf(
  at: number,
  { allDay, event }: Instance,
  place: Place,
  side: 'start' | 'end' = 'start',
): Json {
  if (allDay) return { date: allDay[side] };
  return { dateTime: offsetDateTime(place.timeZone, at), timeZone: event.timeZone };
}
