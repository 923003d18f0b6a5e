/** World events as Google's Events resources. */

import { createHash } from 'node:crypto';
import { formatInstant, formatUtcDateTime } from '../../time/instant-text.ts';
import { localDate, offsetDateTime } from '../../time/local-time.ts';
import type { Instance, WorldEvent } from '../event.ts';
import type { Person, WorldCalendar } from '../world.ts';
import { shownConference } from './conference.ts';

export interface CalendarContext {
  calendar: WorldCalendar;
  person: Person;
  /** Of the times in the response: an IANA name. */
  timeZone: string;
}

type Json = Record<string, unknown>;

const RESPONSE_STATUS = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentative',
  needsAction: 'needsAction',
  organizer: 'accepted',
} as const;

export const etagOf = (event: WorldEvent) => `"3${String(event.revision).padStart(15, '0')}"`;
const digest = (...parts: string[]) =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 26);

/** `{master}_{YYYYMMDDTHHMMSSZ}`, or `_YYYYMMDD` of an all-day series. */
export const instanceId = ({ event, originalStart, allDay }: Instance) =>
  `${event.id}_${allDay ? localDate(event.timeZone, originalStart).replaceAll('-', '') : formatUtcDateTime(originalStart)}`;

/** The resource of a deleted event. */
export const tombstone = (event: WorldEvent): Json => ({
  kind: 'calendar#event',
  etag: etagOf(event),
  id: event.id,
  status: 'cancelled',
});

/** The resource of a cancelled instance: only the fields that Google promises. */
export const cancelledInstance = (instance: Instance, context: CalendarContext): Json => ({
  status: 'cancelled',
  id: instanceId(instance),
  recurringEventId: instance.event.id,
  originalStartTime: timeResource(instance.originalStart, instance, context),
});

/** An instance, an event that is no series, or (`asMaster`) the series itself. */
export function eventResource(instance: Instance, context: CalendarContext, asMaster = false): Json {
  const { event } = instance;
  const { calendar, person } = context;
  const ofSeries = event.series !== null && !asMaster;
  const self = { email: calendar.primary ? person.email : calendar.id, self: true };
  const other = { email: 'organiser@example.net', displayName: 'Organiser' };
  const isOwn = event.response === 'organizer';
  return {
    kind: 'calendar#event',
    etag: etagOf(event),
    id: ofSeries ? instanceId(instance) : event.id,
    status: event.status === 'confirmed' && event.showAs === 'tentative' ? 'tentative' : event.status,
    htmlLink: `https://www.google.com/calendar/event?eid=${digest('link', event.id)}`,
    created: formatInstant(event.created),
    updated: formatInstant(event.updated),
    summary: event.title,
    creator: isOwn ? { email: person.email, self: true } : other,
    organizer: isOwn ? self : other,
    start: timeResource(instance.start, instance, context),
    end: timeResource(instance.end, instance, context, 'end'),
    ...(ofSeries
      ? {
          recurringEventId: event.id,
          originalStartTime: timeResource(instance.originalStart, instance, context),
        }
      : event.series
        ? { recurrence: [ruleOf(event.series)] }
        : {}),
    ...(transparent(event) ? { transparency: 'transparent' } : {}),
    iCalUID: `${event.id}@google.com`,
    sequence: event.exceptions.size,
    ...shownConference(event.extra),
    ...(isOwn
      ? {}
      : {
          attendees: [
            { ...other, organizer: true, responseStatus: 'accepted' },
            {
              email: person.email,
              displayName: person.name,
              self: true,
              responseStatus: RESPONSE_STATUS[event.response],
            },
          ],
        }),
    reminders: { useDefault: true },
    ...eventTypeOf(event, calendar),
  };
}

const transparent = (event: WorldEvent) => event.showAs === 'free' || event.showAs === 'workingElsewhere';

/** Status events exist on primary calendars only. */
function eventTypeOf(event: WorldEvent, calendar: WorldCalendar): Json {
  if (!calendar.primary) return { eventType: 'default' };
  if (event.showAs === 'oof' && !event.allDay) {
    return { eventType: 'outOfOffice', outOfOfficeProperties: { autoDeclineMode: 'declineNone' } };
  }
  if (event.showAs !== 'workingElsewhere') return { eventType: 'default' };
  return { eventType: 'workingLocation', workingLocationProperties: { type: 'homeOffice', homeOffice: {} } };
}

const ruleOf = ({ every, interval = 1, count }: NonNullable<WorldEvent['series']>) =>
  `RRULE:FREQ=${every === 'day' ? 'DAILY' : 'WEEKLY'}${interval === 1 ? '' : `;INTERVAL=${interval}`}${count === null ? '' : `;COUNT=${count}`}`;

function timeResource(
  at: number,
  { allDay, event }: Instance,
  context: CalendarContext,
  side: 'start' | 'end' = 'start',
): Json {
  if (allDay) return { date: allDay[side] };
  return { dateTime: offsetDateTime(context.timeZone, at), timeZone: event.timeZone };
}
