/** The control API, in JSON: reads the world, changes it and sets faults. For the page, scripts and other processes. */
import { z } from 'zod';
import { type Clock, DAY, type Instant } from '../time/clock.ts';
import { formatInstant, parseInstant } from '../time/instant-text.ts';
import { instantOfLocalText, localDateTime } from '../time/local-time.ts';
import type { EventInput, Instance } from './event.ts';
import { type Faults, faultSchema } from './faults.ts';
import {
  HttpError,
  jsonResponse,
  parseJsonBody,
  type RequestHandler,
  type Route,
  type SimulatedRequest,
  type SimulatedResponse,
} from './http.ts';
import type { LifecycleEvent } from './microsoft/subscriptions.ts';
import type { SentNotification } from './outbox.ts';
import type { World, WorldCalendar } from './world.ts';

/** Epoch milliseconds, RFC 3339 with an offset, or local time of the calendar. */
const timeSchema = z.union([z.number(), z.string()]);
const datesSchema = z.object({ start: z.iso.date(), end: z.iso.date() });

const changesSchema = z.object({
  title: z.string().optional(),
  start: timeSchema.optional(),
  end: timeSchema.optional(),
  allDay: datesSchema.optional(),
  showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere']).optional(),
  status: z.enum(['confirmed', 'tentative', 'cancelled']).optional(),
  response: z.enum(['accepted', 'declined', 'tentative', 'needsAction', 'organizer']).optional(),
});
const eventSchema = changesSchema.extend({
  calendar: z.string(),
  series: z
    .object({
      every: z.enum(['day', 'week']),
      /** Null: endless. */
      count: z.int().min(1).max(1000).nullable(),
      interval: z.int().positive().optional(),
    })
    .optional(),
});
/** With `originalStart`, the changes of one instance of a series. */
const patchSchema = changesSchema.extend({ originalStart: z.number().optional() });
const lifecycleSchema = z.object({
  subscription: z.string(),
  event: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']),
});

export interface ControlDeps {
  clock: Clock;
  world: World;
  faults: Faults;
  channels(): unknown[];
  notifications(): SentNotification[];
  lifecycle(subscription: string, event: LifecycleEvent): void;
}

export function controlRoutes({
  clock,
  world,
  faults,
  channels,
  notifications,
  lifecycle,
}: ControlDeps): Route[] {
  const person = (email: string) => world.people().find((each) => each.email === email);

  function calendarState(calendar: WorldCalendar, from: Instant, to: Instant) {
    const { id, name, timeZone, primary, writable, watchable, revision } = calendar;
    const events = world.events(id, from, to).map((each) => instanceState(each, calendar));
    return { id, name, timeZone, primary, writable, watchable, revision, events };
  }

  function state({ query }: SimulatedRequest): SimulatedResponse {
    const now = clock.now();
    const from = query.has('from') ? timeOf(query.get('from') ?? '', 'UTC') : now;
    const to = query.has('to') ? timeOf(query.get('to') ?? '', 'UTC') : from + 14 * DAY;
    return jsonResponse(200, {
      now,
      people: world.people().map((each) => ({
        ...each,
        calendars: world.calendars(each.email).map((calendar) => calendarState(calendar, from, to)),
      })),
      channels: channels(),
      notifications: notifications().slice(0, 50),
      faults: faults.list(),
    });
  }

  return [
    ['GET', '/state', state],
    [
      'POST',
      '/events',
      withClientErrors((request) => {
        const { calendar, ...input } = body(request, eventSchema);
        const event = world.createEvent(calendar, inputOf(input, world.calendar(calendar)));
        return jsonResponse(201, { id: event.id, calendar });
      }),
    ],
    [
      'PATCH',
      '/events/:calendar/:event',
      withClientErrors((request, { calendar = '', event = '' }) => {
        const { originalStart, ...changes } = body(request, patchSchema);
        const input = inputOf(changes, world.calendar(calendar));
        if (originalStart === undefined) world.updateEvent(calendar, event, input);
        else world.changeInstance(calendar, event, originalStart, { start: input.start, end: input.end });
        return jsonResponse(200, { id: event, calendar });
      }),
    ],
    [
      'DELETE',
      '/events/:calendar/:event',
      withClientErrors(({ query }, { calendar = '', event = '' }) => {
        const originalStart = query.get('originalStart');
        if (originalStart === null) world.deleteEvent(calendar, event);
        else world.changeInstance(calendar, event, Number(originalStart), { cancelled: true });
        return { status: 204 };
      }),
    ],
    ['GET', '/faults', () => jsonResponse(200, faults.list())],
    [
      'POST',
      '/faults',
      withClientErrors((request) => {
        const fault = body(request, faultSchema);
        if ('person' in fault && !person(fault.person))
          throw new RangeError(`There is no person ${fault.person}.`);
        faults.add(fault);
        return jsonResponse(201, fault);
      }),
    ],
    [
      'DELETE',
      '/faults',
      withClientErrors(() => {
        faults.clear();
        return { status: 204 };
      }),
    ],
    [
      'POST',
      '/lifecycle',
      withClientErrors((request) => {
        const { subscription, event } = body(request, lifecycleSchema);
        lifecycle(subscription, event);
        return { status: 202 };
      }),
    ],
  ];
}

function body<T>(request: SimulatedRequest, schema: z.ZodType<T>): T {
  // A form of another site can't send this type, so it can't change the world from a browser.
  if (!request.headers['content-type']?.startsWith('application/json')) {
    throw new HttpError(jsonResponse(415, { error: 'Send application/json.' }));
  }
  const value = parseJsonBody(request, schema);
  if (value === null)
    throw new HttpError(jsonResponse(400, { error: 'The body has not the form that is asked for.' }));
  return value;
}

/** The world's RangeErrors are mistakes of the client, so they are answered with 400. */
function withClientErrors(handle: RequestHandler): RequestHandler {
  return async (request, params) => {
    try {
      return await handle(request, params);
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError)
        return jsonResponse(400, { error: error.message });
      throw error;
    }
  };
}

function inputOf(
  { start, end, ...rest }: z.infer<typeof changesSchema>,
  calendar: WorldCalendar,
): EventInput {
  const at = (time: number | string | undefined) =>
    time === undefined ? undefined : timeOf(time, calendar.timeZone);
  const times = { start: at(start), end: at(end) };
  return { ...rest, ...times, ...(times.start === undefined || rest.allDay ? {} : { allDay: null }) };
}

function timeOf(time: number | string, zone: string): Instant {
  if (typeof time === 'number') return time;
  const at = parseInstant(time) ?? instantOfLocalText(zone, time, 'rfc5545');
  if (at === null) throw new RangeError(`${time} is no time.`);
  return at;
}

function instanceState({ event, originalStart, start, end, allDay }: Instance, { timeZone }: WorldCalendar) {
  const { id, calendar, title, showAs, status, response } = event;
  return {
    id,
    calendar,
    title,
    start: formatInstant(start),
    end: formatInstant(end),
    localStart: localDateTime(timeZone, start).slice(0, 16),
    localEnd: localDateTime(timeZone, end).slice(0, 16),
    allDay,
    showAs,
    status,
    response,
    originalStart: event.series ? originalStart : null,
  };
}
