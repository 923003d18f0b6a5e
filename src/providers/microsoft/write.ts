/** Our events in a Microsoft calendar. Graph chooses their ids, and tells guests of every change by itself. */

import type { Event } from '@microsoft/microsoft-graph-types';
import { type Instant, MINUTE } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { instantOfLocalText, localDateTime } from '../../time/local-time.ts';
import { goneError, saysGone } from '../calendar-gone.ts';
import {
  type LookRequest,
  type OwnEvent,
  type OwnEventRequest,
  ProviderError,
  type WritePort,
  type WrittenEvent,
  type WrittenEventRequest,
} from '../port.ts';
import type { GraphClient } from './client.ts';
import { inZone as askedIn, FIELDS } from './event-reads.ts';
import { type GraphEvent, remoteEventOf } from './map-event.ts';
import { markedBy, markOf, transactionOf } from './own-id.ts';
import { readAll } from './pages.ts';

export function createWrite(client: GraphClient): WritePort {
  /** Ids of the calendar's events that bear our own id. */
  async function find({ access, calendar, ownId }: OwnEventRequest): Promise<string[]> {
    // The SDK leaves the query as it is.
    const query = { $filter: encodeURIComponent(markedBy(ownId)), $select: 'id' };
    const events = await readAll<Event>(client, access, eventsOf(calendar.externalId), { query });
    return events.flatMap(({ id }) => id ?? []);
  }

  const known = async (request: WrittenEventRequest) =>
    request.externalId === null ? find(request) : [request.externalId];

  function post({ access, calendar, event }: OwnEventRequest & { event: OwnEvent }, more: Event) {
    return inZone(event, async (times) => {
      const made = await client.write<Event>(access, 'post', eventsOf(calendar.externalId), {
        ...formOf(event),
        ...times,
        ...more,
      });
      return writtenOf(made);
    });
  }

  /** A deleted item may still be read by its id, out of the folder that it went to: the calendar itself must show it. */
  async function stands(request: LookRequest, id: string, { start, end }: Span): Promise<boolean> {
    const query = {
      startDateTime: formatInstant(start),
      endDateTime: formatInstant(Math.max(end, start + MINUTE)),
      $select: 'id,seriesMasterId',
      $top: '500',
    };
    const path = `/me/calendars/${encodeURIComponent(request.calendar.externalId)}/calendarView`;
    const shown = await readAll<Event>(client, request.access, path, { query });
    return shown.some((event) => event.id === id || event.seriesMasterId === id);
  }

  return {
    async look(request) {
      const { access, calendar } = request;
      const [id] = await known(request);
      if (id === undefined) return null;
      try {
        // In UTC no time comes twice.
        const event = await client.read<GraphEvent>(access, eventOf(calendar.externalId, id), {
          query: { $select: FIELDS },
          prefer: [askedIn('UTC')],
        });
        if (event.isCancelled) return null;
        const found = remoteEventOf(event, calendar.timeZone);
        if (!found) throw new ProviderError('rejected', 'The event has no readable time.');
        const { start, end } = found;
        return (await stands(request, id, { start, end })) ? { start, end } : null;
      } catch (error) {
        if (saysGone(error)) return null;
        throw error;
      }
    },

    async create(request) {
      // How long Graph remembers a transaction is not documented; the mark stays.
      const [found] = await find(request);
      if (found !== undefined) return { externalId: found };
      const mark = markOf(request.ownId);
      try {
        return await post(request, { ...mark, transactionId: transactionOf(request.ownId) });
      } catch (error) {
        if (!isRepeated(error)) throw error;
      }
      const [made] = await find(request);
      // Not to be found: the transaction's event was deleted since, and another one needs no transaction.
      return made === undefined ? post(request, mark) : { externalId: made };
    },

    async update(request) {
      const { access, calendar, event } = request;
      const [id] = await known(request);
      if (id === undefined) throw goneError();
      try {
        return await inZone(event, async (times) => {
          const content = { ...formOf(event), ...times };
          return writtenOf(
            await client.write<Event>(access, 'patch', eventOf(calendar.externalId, id), content),
          );
        });
      } catch (error) {
        throw saysGone(error) ? goneError(error) : error;
      }
    },

    async delete(request) {
      for (const id of await known(request)) {
        try {
          await client.remove(request.access, eventOf(request.calendar.externalId, id));
        } catch (error) {
          if (!saysGone(error)) throw error;
        }
      }
    },
  };
}

interface Span {
  start: Instant;
  end: Instant;
}

const eventsOf = (calendarId: string) => `/me/calendars/${encodeURIComponent(calendarId)}/events`;

const eventOf = (calendarId: string, id: string) => `${eventsOf(calendarId)}/${encodeURIComponent(id)}`;

function writtenOf({ id }: Event): WrittenEvent {
  if (!id) throw new ProviderError('transient', 'Microsoft named no id of the event.');
  return { externalId: id };
}

/** The status is not documented. */
const isRepeated = (error: unknown) =>
  error instanceof ProviderError &&
  error.reason === 'rejected' &&
  /DuplicateTransactionId/i.test(error.message);

/** What is absent is not sent: a new body would cost an event the link to its online meeting. */
const formOf = ({ title, description, location, attendees }: OwnEvent): Event => ({
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

/** Sends the times by the event's own clock; in UTC where that would be unclear, or Graph doesn't know the zone. */
async function inZone<T>({ start, end, timeZone }: OwnEvent, send: (times: Times) => Promise<T>): Promise<T> {
  const timesIn = (zone: string): Times => ({
    start: { dateTime: localDateTime(zone, start), timeZone: zone },
    end: { dateTime: localDateTime(zone, end), timeZone: zone },
  });
  const clear = timeZone !== 'UTC' && isClear(timeZone, start) && isClear(timeZone, end);
  if (!clear) return send(timesIn('UTC'));
  try {
    return await send(timesIn(timeZone));
  } catch (error) {
    const unknown = error instanceof ProviderError && /TimeZoneNotSupported/i.test(error.message);
    if (!unknown) throw error;
  }
  return send(timesIn('UTC'));
}

/** Whether the zone's wall clock shows this time once. */
const isClear = (zone: string, at: Instant) =>
  (['start', 'end'] as const).every(
    (reading) => instantOfLocalText(zone, localDateTime(zone, at), reading) === at,
  );
