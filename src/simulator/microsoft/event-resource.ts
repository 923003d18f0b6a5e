/** World events as Graph's event resources. */

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
  /** Of the times in the response. */
  zone: NamedZone;
  /** Original zones are named as custom zones of the mailbox. */
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

/** The id of one instance of a series; as opaque as the real ones. */
export const instanceId = ({ event, originalStart }: Instance) =>
  `${event.id.slice(0, -1)}${INSTANCE_MARK}${Math.round(originalStart / 1000).toString(36)}=`;

/** The id of the series that an instance's id belongs to; null: the id is not that of an instance. */
export function masterOf(id: string): string | null {
  const mark = id.lastIndexOf(INSTANCE_MARK);
  return mark < 0 ? null : `${id.slice(0, mark)}=`;
}

export const removedItem = (id: string): Json => ({
  '@odata.type': '#microsoft.graph.event',
  id,
  '@removed': { reason: 'deleted' },
});

/** An event that its organiser cancelled is still in the calendar; an occurrence that was removed from a series is not. */
export const isPresent = ({ event, originalStart }: Instance) =>
  event.exceptions.get(originalStart)?.cancelled !== true;

const kindOf = ({ event, exception }: Instance) =>
  event.series ? (exception ? 'exception' : 'occurrence') : 'singleInstance';

/** The fields of an occurrence in a delta; all others are those of its master. */
export const occurrenceStub = (instance: Instance, { zone }: View): Json => ({
  '@odata.type': '#microsoft.graph.event',
  '@odata.etag': etagOf(instance.event),
  id: instanceId(instance),
  seriesMasterId: instance.event.id,
  type: 'occurrence',
  start: graphTime(instance.start, zone),
  end: graphTime(instance.end, zone),
});

/** An instance or single event, or (`asMaster`) the series itself, with the times of its first occurrence. */
export function eventResource(
  instance: Instance,
  { person, zone, customZones }: View,
  asMaster = false,
): Json {
  const { event } = instance;
  const isMaster = asMaster && event.series !== null;
  const ofSeries = !isMaster && event.series !== null;
  const isOwn = event.response === 'organizer';
  const self = { name: person.name, address: person.email };
  const organiser = { name: 'Organiser', address: 'organiser@example.net' };
  const originalZone = customZones ? 'tzone://Microsoft/Custom' : windowsName(event.timeZone);
  // Graph returns extended properties only where they are expanded.
  const { singleValueExtendedProperties: _, ...shownExtra } = event.extra;
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
    isOrganizer: isOwn,
    responseRequested: true,
    seriesMasterId: ofSeries ? event.id : null,
    showAs: event.status === 'tentative' && event.showAs === 'busy' ? 'tentative' : event.showAs,
    type: isMaster ? 'seriesMaster' : kindOf(instance),
    webLink: 'https://outlook.office365.com/owa/?path=/calendar/item',
    onlineMeetingUrl: null,
    isOnlineMeeting: false,
    onlineMeetingProvider: 'unknown',
    onlineMeeting: null,
    isDraft: false,
    recurrence: isMaster ? recurrenceOf(event) : null,
    body: { contentType: 'html', content: '' },
    location: { displayName: '', locationType: 'default' },
    locations: [],
    attendees: [],
    ...shownExtra,
    ...(isOwn
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
    start: graphTime(isMaster ? event.start : instance.start, zone),
    end: graphTime(isMaster ? event.end : instance.end, zone),
    organizer: { emailAddress: isOwn ? self : organiser },
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
