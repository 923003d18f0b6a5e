/**
 * Writes our events to a Google calendar (events.insert, patch, delete). Google never reuses an event id, so that a
 * repeated insert makes no duplicate.
 */

import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { formatInstant } from '../../time/instant-text.ts';
import { conferenceAt, sendWithConference } from '../conference.ts';
import { eventDeletedError, isNotFoundError } from '../event-errors.ts';
import {
  type Conference,
  type EventAttendee,
  type OwnEvent,
  type OwnEventRequest,
  ProviderError,
  type WritePort,
  type WrittenEvent,
  type WrittenEventRequest,
} from '../port.ts';
import type { GoogleClient } from './client.ts';
import { type GoogleEvent, mapEvent, ownIdProperty, remoteIdOf } from './map-event.ts';

/** Google notifies attendees of every change. */
const NOTIFY_ATTENDEES = { sendUpdates: 'all' } as const;

export function createWrite(client: GoogleClient): WritePort {
  const readEvent = ({ access, ...request }: EventRef) =>
    client.request(access, (api, options) => api.events.get(eventParams(request), options));

  /** A deleted event keeps its id: it can't be inserted again, but an update restores it. */
  async function readOrRestore(
    request: OwnEventRequest,
    { params, body }: ConferenceRequest,
    requestBody: GoogleEvent,
  ): Promise<GoogleEvent> {
    const event = await readEvent(request);
    if (event.status !== 'cancelled') return event;
    return client.request(request.access, (api, options) =>
      api.events.update(
        { ...eventParams(request), ...NOTIFY_ATTENDEES, ...params, requestBody: { ...requestBody, ...body } },
        options,
      ),
    );
  }

  return {
    notifies: true,
    conference: 'GOOGLE_MEET',
    async create(request) {
      const { access, calendar, ownId, event } = request;
      const id = remoteIdOf(ownId);
      const requestBody = {
        ...toGoogleEvent(event),
        ...ownIdProperty(ownId),
        status: 'confirmed',
        attendees: toGoogleAttendees(event.attendees ?? []),
      };
      return sendWithConference(event.conference !== undefined, async (isAsked) => {
        const asked = conferenceRequest(isAsked ? event.conference : undefined);
        try {
          const created = await client.request(access, (api, options) =>
            api.events.insert(
              {
                ...{ calendarId: calendar.externalId, ...NOTIFY_ATTENDEES, ...asked.params },
                requestBody: { ...requestBody, id, ...asked.body },
              },
              options,
            ),
          );
          return toWrittenEvent(created, id);
        } catch (error) {
          if (!(error instanceof ProviderError) || error.status !== 409) throw error;
          return toWrittenEvent(await readOrRestore(request, asked, requestBody), id);
        }
      });
    },

    async update(request) {
      const { access, event } = request;
      try {
        const existing = await readEvent(request);
        // Google may accept a patch of a deleted event and leave it deleted.
        if (existing.status === 'cancelled') throw eventDeletedError();
        const attendees = event.attendees && {
          attendees: toGoogleAttendees(event.attendees, existing.attendees),
        };
        const requestBody = { ...toGoogleEvent(event), ...attendees };
        const params = eventParams(request);
        const found = conferenceOf(existing);
        const isMissing = found === null || found.state === 'failed';
        const patch = (isAsked: boolean) => {
          const asked = conferenceRequest(isAsked ? event.conference : undefined);
          return client.request(access, (api, options) =>
            api.events.patch(
              {
                ...{ ...params, ...NOTIFY_ATTENDEES, ...asked.params },
                requestBody: { ...requestBody, ...asked.body },
              },
              options,
            ),
          );
        };
        // A patch that says nothing of conferences leaves the event's own as it is.
        if (event.conference === undefined || !isMissing)
          return {
            ...(found && { conference: found }),
            ...toWrittenEvent(await patch(false), params.eventId),
          };
        return await sendWithConference(true, async (isAsked) =>
          toWrittenEvent(await patch(isAsked), params.eventId),
        );
      } catch (error) {
        throw isNotFoundError(error) ? eventDeletedError(error) : error;
      }
    },

    async delete(request) {
      try {
        await client.requestNoContent(request.access, (api, options) =>
          api.events.delete({ ...eventParams(request), ...NOTIFY_ATTENDEES }, options),
        );
      } catch (error) {
        if (!isNotFoundError(error)) throw error;
      }
    },

    async getEvent(request) {
      try {
        const event = await readEvent(request);
        if (event.status === 'cancelled') return null;
        const found = mapEvent(event, request.calendar.timeZone ?? 'UTC');
        if (!found) throw new ProviderError('rejected', 'The event has no readable time.');
        const conference = conferenceOf(event);
        return { start: found.start, end: found.end, ...(conference && { conference }) };
      } catch (error) {
        if (isNotFoundError(error)) return null;
        throw error;
      }
    },
  };
}

type EventRef = OwnEventRequest & Partial<WrittenEventRequest>;

const eventParams = ({ calendar, ownId, externalId }: Omit<EventRef, 'access'>) => ({
  calendarId: calendar.externalId,
  eventId: externalId ?? remoteIdOf(ownId),
});

function toWrittenEvent(event: GoogleEvent, id: string): WrittenEvent {
  const conference = conferenceOf(event);
  return { externalId: event.id ?? id, ...(conference && { conference }) };
}

/** What a request adds that asks for a Meet conference. */
interface ConferenceRequest {
  params: { conferenceDataVersion?: 1 };
  body: Pick<GoogleEvent, 'conferenceData'>;
}

/** @param requestId absent: no conference is asked for */
const conferenceRequest = (requestId: string | undefined): ConferenceRequest =>
  requestId === undefined
    ? { params: {}, body: {} }
    : {
        params: { conferenceDataVersion: 1 },
        body: {
          conferenceData: {
            createRequest: { requestId, conferenceSolutionKey: { type: 'hangoutsMeet' } },
          },
        },
      };

/** Null: the event has none. */
function conferenceOf({ conferenceData, hangoutLink }: GoogleEvent): Conference | null {
  const video = conferenceData?.entryPoints?.find(({ entryPointType }) => entryPointType === 'video');
  const url = video?.uri ?? hangoutLink;
  if (url) return conferenceAt(url);
  switch (conferenceData?.createRequest?.status?.statusCode) {
    case 'pending':
      return { state: 'pending' };
    case 'failure':
      return { state: 'failed', reason: 'Google could not make the Meet conference' };
    default:
      return null;
  }
}

/** The SDK leaves undefined fields out of the request. */
function toGoogleEvent({ start, end, timeZone, title, description, location }: OwnEvent): GoogleEvent {
  const time = (at: number) => ({ dateTime: formatInstant(at), timeZone });
  return {
    summary: title,
    start: time(start),
    end: time(end),
    ...(description === undefined ? {} : { description: escapeHtml(description) }),
    ...(location === undefined ? {} : { location }),
  };
}

/** Google shows a description as HTML: what a visitor wrote must stay text, and make no link or image in a host's calendar. */
const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The list replaces the event's attendees: known attendees keep their response. */
function toGoogleAttendees(attendees: EventAttendee[], existing: calendar_v3.Schema$EventAttendee[] = []) {
  const byEmail = new Map(existing.map((attendee) => [attendee.email?.toLowerCase(), attendee]));
  return attendees.map(({ name, email }) => ({
    ...byEmail.get(email.toLowerCase()),
    email,
    displayName: name,
  }));
}
