/** Writes our events to a Microsoft calendar. Graph chooses their ids, and notifies attendees of every change. */

import type { Event } from '@microsoft/microsoft-graph-types';
import { type Instant, MINUTE } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { instantOfLocalText, localDateTime } from '../../time/local-time.ts';
import { conferenceAt, sendWithConference } from '../conference.ts';
import { eventDeletedError, isNotFoundError } from '../event-errors.ts';
import {
  type Conference,
  type GetEventRequest,
  type OwnEvent,
  type OwnEventRequest,
  ProviderError,
  type WritePort,
  type WrittenEvent,
  type WrittenEventRequest,
} from '../port.ts';
import type { GraphClient } from './client.ts';
import { preferTimeZone as askedIn, EVENT_FIELDS } from './event-reads.ts';
import { type GraphEvent, mapEvent, ownIdFilter, ownIdProperty, transactionIdOf } from './map-event.ts';
import { readAll } from './pages.ts';

export function createWrite(client: GraphClient): WritePort {
  /** Ids of the calendar's events with this own id. */
  async function findIds({ access, calendar, ownId }: OwnEventRequest): Promise<string[]> {
    // The SDK doesn't encode the query.
    const query = { $filter: encodeURIComponent(ownIdFilter(ownId)), $select: 'id' };
    const events = await readAll<Event>(client, access, eventsPath(calendar.externalId), { query });
    return events.flatMap(({ id }) => id ?? []);
  }

  const idsOf = async (request: WrittenEventRequest) =>
    request.externalId === null ? findIds(request) : [request.externalId];

  function createEvent({ access, calendar, event }: OwnEventRequest & { event: OwnEvent }, extra: Event) {
    return sendWithConference(event.conference !== undefined, (isAsked) =>
      withTimes(event, async (times) => {
        const created = await client.send<Event>(access, 'post', eventsPath(calendar.externalId), {
          ...toGraphEvent(event),
          ...(isAsked ? TEAMS_MEETING : {}),
          ...times,
          ...extra,
        });
        return toWrittenEvent(created);
      }),
    );
  }

  const readMeeting = ({ access, calendar }: OwnEventRequest, id: string) =>
    client.get<GraphEvent>(access, eventPath(calendar.externalId, id), {
      query: { $select: `id,${MEETING_FIELDS}` },
    });

  /** An event that exists already, with its meeting where one is wanted. */
  const existingEvent = async (
    request: OwnEventRequest & { event: OwnEvent },
    id: string,
  ): Promise<WrittenEvent> =>
    request.event.conference === undefined
      ? { externalId: id }
      : toWrittenEvent(await readMeeting(request, id));

  /**
   * A deleted item can still be read by its id, from the folder of deleted items: the calendar view shows whether it is
   * in the calendar.
   */
  async function isInCalendar(
    request: GetEventRequest,
    id: string,
    { start, end }: TimeSpan,
  ): Promise<boolean> {
    const query = {
      startDateTime: formatInstant(start),
      endDateTime: formatInstant(Math.max(end, start + MINUTE)),
      $select: 'id,seriesMasterId',
      $top: '500',
    };
    const path = `/me/calendars/${encodeURIComponent(request.calendar.externalId)}/calendarView`;
    const events = await readAll<Event>(client, request.access, path, { query });
    return events.some((event) => event.id === id || event.seriesMasterId === id);
  }

  return {
    notifies: true,
    conference: 'MICROSOFT_TEAMS',
    async getEvent(request) {
      const { access, calendar } = request;
      const [id] = await idsOf(request);
      if (id === undefined) return null;
      try {
        // In UTC no local time occurs twice.
        const event = await client.get<GraphEvent>(access, eventPath(calendar.externalId, id), {
          query: { $select: `${EVENT_FIELDS},${MEETING_FIELDS}` },
          prefer: [askedIn('UTC')],
        });
        if (event.isCancelled) return null;
        const found = mapEvent(event, calendar.timeZone);
        if (!found) throw new ProviderError('rejected', 'The event has no readable time.');
        const { start, end } = found;
        const conference = conferenceOf(event);
        return (await isInCalendar(request, id, { start, end }))
          ? { start, end, ...(conference && { conference }) }
          : null;
      } catch (error) {
        if (isNotFoundError(error)) return null;
        throw error;
      }
    },

    async create(request) {
      // Graph doesn't document how long it remembers a transaction id; the extended property stays.
      const [found] = await findIds(request);
      if (found !== undefined) return existingEvent(request, found);
      const ownIdMark = ownIdProperty(request.ownId);
      try {
        return await createEvent(request, { ...ownIdMark, transactionId: transactionIdOf(request.ownId) });
      } catch (error) {
        if (!isDuplicateTransaction(error)) throw error;
      }
      const [created] = await findIds(request);
      // The transaction's event was deleted since: another event needs no transaction id.
      return created === undefined ? createEvent(request, ownIdMark) : existingEvent(request, created);
    },

    async update(request) {
      const { access, calendar, event } = request;
      const [id] = await idsOf(request);
      if (id === undefined) throw eventDeletedError();
      try {
        const isRead = event.conference !== undefined || event.description !== undefined;
        const found = isRead ? conferenceOf(await readMeeting(request, id)) : null;
        // A new body without the meeting's own part would end the meeting.
        const { description: _, ...rest } = event;
        const content = toGraphEvent(found ? rest : event);
        const isWanted = event.conference !== undefined && found === null;
        const written = await sendWithConference(isWanted, (isAsked) =>
          withTimes(event, async (times) =>
            toWrittenEvent(
              await client.send<Event>(access, 'patch', eventPath(calendar.externalId, id), {
                ...content,
                ...(isAsked ? TEAMS_MEETING : {}),
                ...times,
              }),
            ),
          ),
        );
        return { ...(found && { conference: found }), ...written };
      } catch (error) {
        throw isNotFoundError(error) ? eventDeletedError(error) : error;
      }
    },

    async delete(request) {
      for (const id of await idsOf(request)) {
        try {
          await client.remove(request.access, eventPath(request.calendar.externalId, id));
        } catch (error) {
          if (!isNotFoundError(error)) throw error;
        }
      }
    },
  };
}

interface TimeSpan {
  start: Instant;
  end: Instant;
}

const eventsPath = (calendarId: string) => `/me/calendars/${encodeURIComponent(calendarId)}/events`;

const eventPath = (calendarId: string, id: string) => `${eventsPath(calendarId)}/${encodeURIComponent(id)}`;

function toWrittenEvent({ id, ...event }: Event): WrittenEvent {
  if (!id) throw new ProviderError('transient', 'Microsoft named no id of the event.');
  const conference = conferenceOf(event);
  return { externalId: id, ...(conference && { conference }) };
}

const MEETING_FIELDS = 'isOnlineMeeting,onlineMeeting';
/** What a request adds that asks for a Teams meeting. Accounts outside of any organisation get an event without one. */
const TEAMS_MEETING = { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' } as const;

/** Null: the event has none. */
function conferenceOf({ isOnlineMeeting, onlineMeeting }: Event): Conference | null {
  if (!isOnlineMeeting) return null;
  return onlineMeeting?.joinUrl ? conferenceAt(onlineMeeting.joinUrl) : { state: 'pending' };
}

/** Graph doesn't document the status. */
const isDuplicateTransaction = (error: unknown) =>
  error instanceof ProviderError && /DuplicateTransactionId/i.test(error.message);

/** Absent fields are not sent: a new body would remove the link to the event's online meeting. */
const toGraphEvent = ({ title, description, location, attendees }: OwnEvent): Event => ({
  subject: title,
  showAs: 'busy',
  ...(description === undefined ? {} : { body: { contentType: 'text', content: description } }),
  ...(location === undefined ? {} : { location: { displayName: location } }),
  ...(attendees === undefined
    ? {}
    : {
        attendees: attendees.map(({ name, email }) => ({
          type: 'required',
          emailAddress: { name, address: email },
        })),
      }),
});

type Times = Pick<Event, 'start' | 'end'>;

/** Sends the times in the event's own zone; in UTC where a local time is ambiguous or Graph doesn't know the zone. */
async function withTimes<T>(
  { start, end, timeZone }: OwnEvent,
  send: (times: Times) => Promise<T>,
): Promise<T> {
  const timesIn = (zone: string): Times => ({
    start: { dateTime: localDateTime(zone, start), timeZone: zone },
    end: { dateTime: localDateTime(zone, end), timeZone: zone },
  });
  const unambiguous = timeZone !== 'UTC' && isUnambiguous(timeZone, start) && isUnambiguous(timeZone, end);
  if (!unambiguous) return send(timesIn('UTC'));
  try {
    return await send(timesIn(timeZone));
  } catch (error) {
    const unknown = error instanceof ProviderError && /TimeZoneNotSupported/i.test(error.message);
    if (!unknown) throw error;
  }
  return send(timesIn('UTC'));
}

/** Whether the instant's local time occurs only once in the zone. */
const isUnambiguous = (zone: string, at: Instant) =>
  (['start', 'end'] as const).every(
    (reading) => instantOfLocalText(zone, localDateTime(zone, at), reading) === at,
  );
