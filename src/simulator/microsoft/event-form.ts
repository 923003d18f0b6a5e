/** World events in Graph's words. */

import { createHash } from 'node:crypto';
import { dayFromDate, weekdayOf } from '../../time/civil-date.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { localDate } from '../../time/local-time.ts';
import { windowsName } from '../../time/zone-names.ts';
import type { Instance, WorldEvent } from '../event.ts';
import type { Person } from '../world.ts';
import { graphTime, type NamedZone } from './zones.ts';

export interface View {
  person: Person;
  /** Of the answer's times. */
  zone: NamedZone;
  /** Original zones are told as zones of the mailbox's own making. */
  customZones: boolean;
}

type Json = Record<string, unknown>;

const RESPONSE = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentativelyAccepted',
  needsAction: 'notResponded',
  organizer: 'organizer',
} as const;

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const INSTANCE_MARK = 'AFRAAgg';

const changeKeyOf = (event: WorldEvent) =>
  createHash('sha256').update(`${event.id} ${event.revision}`).digest('base64').slice(0, 31).concat('=');
export const etagOf = (event: WorldEvent) => `W/"${changeKeyOf(event)}"`;

/** Of one instance of a series; as opaque as the real ones. */
export const instanceId = ({ event, originalStart }: Instance) =>
  `${event.id.slice(0, -1)}${INSTANCE_MARK}${Math.round(originalStart / 1000).toString(36)}=`;

/** Id of the series that an instance's id belongs to; null: it is none. */
export function masterOf(id: string): string | null {
  const mark = id.lastIndexOf(INSTANCE_MARK);
  return mark < 0 ? null : `${id.slice(0, mark)}=`;
}

export const removed = (id: string): Json => ({
  '@odata.type': '#microsoft.graph.event',
  id,
  '@removed': { reason: 'deleted' },
});

/** What the organiser cancelled still stands in the calendar; an occurrence that was taken out does not. */
export const isPresent = ({ event, originalStart }: Instance) =>
  event.exceptions.get(originalStart)?.cancelled !== true;

const kindOf = ({ event, exception }: Instance) =>
  event.series ? (exception ? 'exception' : 'occurrence') : 'singleInstance';

/** All that a delta tells of an occurrence: the rest is its master's. */
export const stub = (instance: Instance, { zone }: View): Json => ({
  '@odata.type': '#microsoft.graph.event',
  '@odata.etag': etagOf(instance.event),
  id: instanceId(instance),
  seriesMasterId: instance.event.id,
  type: 'occurrence',
  start: graphTime(instance.start, zone),
  end: graphTime(instance.end, zone),
});

/** An instance or single event, or (`asMaster`) the series itself, with the times of its first occurrence. */
export function eventForm(instance: Instance, { person, zone, customZones }: View, asMaster = false): Json {
  const { event } = instance;
  const master = asMaster && event.series !== null;
  const ofSeries = !master && event.series !== null;
  const own = event.response === 'organizer';
  const self = { name: person.name, address: person.email };
  const other = { name: 'Organiser', address: 'organiser@example.net' };
  const originalZone = customZones ? 'tzone://Microsoft/Custom' : windowsName(event.timeZone);
  // Extended properties are told only where they are expanded.
  const { singleValueExtendedProperties: _, ...known } = event.extra;
  return {
    '@odata.etag': etagOf(event),
    id: ofSeries ? instanceId(instance) : event.id,
    createdDateTime: formatInstant(event.created),
    lastModifiedDateTime: formatInstant(event.updated),
    changeKey: changeKeyOf(event),
    categories: [],
    transactionId: null,
    originalStartTimeZone: originalZone,
    originalEndTimeZone: originalZone,
    iCalUId: ofSeries ? `${event.id}-${instance.originalStart}` : event.id,
    reminderMinutesBeforeStart: 15,
    isReminderOn: true,
    hasAttachments: false,
    subject: event.title,
    bodyPreview: '',
    importance: 'normal',
    sensitivity: 'normal',
    isAllDay: event.allDay !== null,
    isCancelled: event.status === 'cancelled',
    isOrganizer: own,
    responseRequested: true,
    seriesMasterId: ofSeries ? event.id : null,
    showAs: event.status === 'tentative' && event.showAs === 'busy' ? 'tentative' : event.showAs,
    type: master ? 'seriesMaster' : kindOf(instance),
    webLink: 'https://outlook.office365.com/owa/?path=/calendar/item',
    onlineMeetingUrl: null,
    isOnlineMeeting: false,
    isDraft: false,
    recurrence: master ? recurrenceOf(event) : null,
    body: { contentType: 'html', content: '' },
    location: { displayName: '', locationType: 'default' },
    locations: [],
    attendees: [],
    ...known,
    ...(own
      ? {}
      : {
          attendees: [
            {
              type: 'required',
              status: { response: RESPONSE[event.response], time: '0001-01-01T00:00:00Z' },
              emailAddress: self,
            },
          ],
        }),
    ...(ofSeries ? { originalStart: formatInstant(instance.originalStart) } : {}),
    responseStatus: { response: RESPONSE[event.response], time: '0001-01-01T00:00:00Z' },
    start: graphTime(master ? event.start : instance.start, zone),
    end: graphTime(master ? event.end : instance.end, zone),
    organizer: { emailAddress: own ? self : other },
  };
}

function recurrenceOf(event: WorldEvent) {
  const { every = 'day', interval = 1, count = 1 } = event.series ?? {};
  const startDate = event.allDay?.start ?? localDate(event.timeZone, event.start);
  const day = DAYS[weekdayOf(dayFromDate(startDate))];
  const weekly = { type: 'weekly', interval, daysOfWeek: [day], firstDayOfWeek: 'sunday' };
  return {
    pattern: every === 'week' ? weekly : { type: 'daily', interval },
    range: {
      type: count === null ? 'noEnd' : 'numbered',
      startDate,
      endDate: '0001-01-01',
      numberOfOccurrences: count ?? 0,
      recurrenceTimeZone: windowsName(event.timeZone),
    },
  };
}
