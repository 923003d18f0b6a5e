/**
 * Writes our events to a Google calendar (events.insert, patch, delete). Google never reuses an event id, so that a
 * repeated insert makes no duplicate.
 */

import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { formatInstant } from '../../time/instant-text.ts';
import { eventDeletedError, isNotFoundError } from '../event-errors.ts';
import {
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
  async function readOrRestore(request: OwnEventRequest, requestBody: GoogleEvent): Promise<GoogleEvent> {
    const event = await readEvent(request);
    if (event.status !== 'cancelled') return event;
    return client.request(request.access, (api, options) =>
      api.events.update({ ...eventParams(request), ...NOTIFY_ATTENDEES, requestBody }, options),
    );
  }

  return {
    notifies: true,
    async create(request) {
      const { access, calendar, ownId, event } = request;
      const id = remoteIdOf(ownId);
      const requestBody = {
        ...toGoogleEvent(event),
        ...ownIdProperty(ownId),
        status: 'confirmed',
        attendees: toGoogleAttendees(event.attendees ?? []),
      };
      try {
        return toWrittenEvent(
          await client.request(access, (api, options) =>
            api.events.insert(
              { calendarId: calendar.externalId, ...NOTIFY_ATTENDEES, requestBody: { ...requestBody, id } },
              options,
            ),
          ),
          id,
        );
      } catch (error) {
        if (!(error instanceof ProviderError) || error.status !== 409) throw error;
        return toWrittenEvent(await readOrRestore(request, requestBody), id);
      }
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
        const patched = await client.request(access, (api, options) =>
          api.events.patch({ ...params, ...NOTIFY_ATTENDEES, requestBody }, options),
        );
        return toWrittenEvent(patched, params.eventId);
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
        return { start: found.start, end: found.end };
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

const toWrittenEvent = (event: GoogleEvent, id: string): WrittenEvent => ({ externalId: event.id ?? id });

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
