/** Our events in a Google calendar (events.insert, patch, delete). Google keeps an id for ever: a repeated insert makes no twin. */

import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { formatInstant } from '../../time/instant-text.ts';
import { goneError, saysGone } from '../calendar-gone.ts';
import {
  type Guest,
  type OwnEvent,
  type OwnEventRequest,
  ProviderError,
  type WritePort,
  type WrittenEvent,
  type WrittenEventRequest,
} from '../port.ts';
import type { GoogleClient } from './client.ts';
import { type GoogleEvent, remoteEventOf } from './map-event.ts';
import { markOf, remoteIdOf } from './own-id.ts';

/** Guests are told of every change. */
const TOLD = { sendUpdates: 'all' } as const;

export function createWrite(client: GoogleClient): WritePort {
  const read = ({ access, ...request }: Place) =>
    client.read(access, (api, options) => api.events.get(placeOf(request), options));

  /** A deleted event keeps its id. It can't be made anew, but it can be brought back. */
  async function written(request: OwnEventRequest, requestBody: GoogleEvent): Promise<GoogleEvent> {
    const event = await read(request);
    if (event.status !== 'cancelled') return event;
    return client.read(request.access, (api, options) =>
      api.events.update({ ...placeOf(request), ...TOLD, requestBody }, options),
    );
  }

  return {
    async create(request) {
      const { access, calendar, ownId, event } = request;
      const id = remoteIdOf(ownId);
      const requestBody = {
        ...formOf(event),
        ...markOf(ownId),
        status: 'confirmed',
        attendees: formsOf(event.attendees ?? []),
      };
      try {
        return writtenOf(
          await client.read(access, (api, options) =>
            api.events.insert(
              { calendarId: calendar.externalId, ...TOLD, requestBody: { ...requestBody, id } },
              options,
            ),
          ),
          id,
        );
      } catch (error) {
        if (!(error instanceof ProviderError) || error.status !== 409) throw error;
        return writtenOf(await written(request, requestBody), id);
      }
    },

    async update(request) {
      const { access, event } = request;
      try {
        const before = await read(request);
        // A patch might be taken without a word, and the event stay deleted.
        if (before.status === 'cancelled') throw goneError();
        const guests = event.attendees && { attendees: formsOf(event.attendees, before.attendees) };
        const requestBody = { ...formOf(event), ...guests };
        const place = placeOf(request);
        const after = await client.read(access, (api, options) =>
          api.events.patch({ ...place, ...TOLD, requestBody }, options),
        );
        return writtenOf(after, place.eventId);
      } catch (error) {
        throw saysGone(error) ? goneError(error) : error;
      }
    },

    async delete(request) {
      try {
        await client.send(request.access, (api, options) =>
          api.events.delete({ ...placeOf(request), ...TOLD }, options),
        );
      } catch (error) {
        if (!saysGone(error)) throw error;
      }
    },

    async look(request) {
      try {
        const event = await read(request);
        if (event.status === 'cancelled') return null;
        const found = remoteEventOf(event, request.calendar.timeZone ?? 'UTC');
        if (!found) throw new ProviderError('rejected', 'The event has no readable time.');
        return { start: found.start, end: found.end };
      } catch (error) {
        if (saysGone(error)) return null;
        throw error;
      }
    },
  };
}

type Place = OwnEventRequest & Partial<WrittenEventRequest>;

const placeOf = ({ calendar, ownId, externalId }: Omit<Place, 'access'>) => ({
  calendarId: calendar.externalId,
  eventId: externalId ?? remoteIdOf(ownId),
});

const writtenOf = (event: GoogleEvent, id: string): WrittenEvent => ({ externalId: event.id ?? id });

/** Fields that are undefined are left out of the request. */
function formOf({ start, end, timeZone, title, description, location }: OwnEvent): GoogleEvent {
  const time = (at: number) => ({ dateTime: formatInstant(at), timeZone });
  return {
    summary: title,
    start: time(start),
    end: time(end),
    ...(description === undefined ? {} : { description }),
    ...(location === undefined ? {} : { location }),
  };
}

/** The list replaces what was there: a guest who has answered keeps the answer. */
function formsOf(guests: Guest[], before: calendar_v3.Schema$EventAttendee[] = []) {
  const known = new Map(before.map((guest) => [guest.email?.toLowerCase(), guest]));
  return guests.map(({ name, email }) => ({
    ...known.get(email.toLowerCase()),
    email,
    displayName: name,
  }));
}
