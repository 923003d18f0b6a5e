/** events.get, insert, update, patch and delete, of whole events and of single instances. */
import { type Instance, instancesOf, type WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import { parseJsonBody, type SimulatedRequest } from '../http.ts';
import type { World } from '../world.ts';
import { conferenceChange, settleConference } from './conference.ts';
import { apiError, badRequest, eventDeleted, resourceNotFound } from './errors.ts';
import { type EventBody, eventBodySchema, parseEventInput } from './event-input.ts';
import {
  type CalendarContext,
  cancelledInstance,
  etagOf,
  eventResource,
  instanceId,
  tombstone,
} from './event-resource.ts';

interface FoundEvent {
  event: WorldEvent;
  /** The instance that the id names; null: the id names the event itself. */
  instance: Instance | null;
}

/** @throws Refusal */
function findEvent(world: World, { calendar }: CalendarContext, id: string): FoundEvent {
  const event = world.event(calendar.id, id);
  if (event) return { event, instance: null };
  const master = world.event(calendar.id, id.slice(0, id.lastIndexOf('_')));
  const instance = master?.series ? instancesOf(master).find((each) => instanceId(each) === id) : undefined;
  if (!master || !instance) throw resourceNotFound();
  return { event: master, instance };
}

function resourceOf({ event, instance }: FoundEvent, context: CalendarContext) {
  if (instance)
    return instance.cancelled ? cancelledInstance(instance, context) : eventResource(instance, context);
  if (event.deleted || event.status === 'cancelled') return tombstone(event);
  const [first] = instancesOf(event);
  if (!first) throw resourceNotFound();
  return eventResource({ ...first, start: event.start, end: event.end }, context, event.series !== null);
}

interface Deps {
  world: World;
  faults: Faults;
}

export function getEvent({ world, faults }: Deps, context: CalendarContext, id: string) {
  const found = findEvent(world, context, id);
  return resourceOf({ ...found, event: settleConference(world, found.event, faults) }, context);
}

export function insertEvent({ world, faults }: Deps, context: CalendarContext, request: SimulatedRequest) {
  requireWritable(context);
  const body = bodyOf(request);
  if (!body.start) throw badRequest('Missing start time.');
  if (body.id !== undefined && world.event(context.calendar.id, body.id)) {
    throw apiError(409, 'duplicate', 'The requested identifier already exists.');
  }
  const input = parseEventInput(body, context.calendar.timeZone);
  const event = world.createEvent(context.calendar.id, {
    ...input,
    extra: { ...input.extra, ...conferenceChange(request, body.conferenceData, null, faults) },
  });
  return resourceOf({ event, instance: null }, context);
}

/** `whole`: an update, which needs the times; else a patch. */
export function changeEvent(
  { world, faults }: Deps,
  context: CalendarContext,
  request: SimulatedRequest,
  id: string,
  whole: boolean,
) {
  requireWritable(context);
  const { event, instance } = findEvent(world, context, id);
  checkMatch(request, event);
  const body = bodyOf(request);
  if (whole && !body.start) throw badRequest('Missing start time.');
  const { id: _, ...changes } = parseEventInput(body, context.calendar.timeZone);
  if (!instance) {
    const restores = event.deleted && body.status === 'confirmed';
    if (event.deleted && !restores) throw eventDeleted();
    const conference = conferenceChange(request, body.conferenceData, event, faults);
    changes.extra = { ...changes.extra, ...conference };
    const change = restores ? world.restoreEvent : world.updateEvent;
    return resourceOf({ event: change(context.calendar.id, event.id, changes), instance }, context);
  }
  const changed = world.changeInstance(context.calendar.id, event.id, instance.originalStart, {
    start: changes.start,
    end: changes.end,
    cancelled: body.status === undefined ? undefined : body.status === 'cancelled',
  });
  const after = instancesOf(changed).find((each) => each.originalStart === instance.originalStart);
  return resourceOf({ event: changed, instance: after ?? null }, context);
}

export function deleteEvent(
  world: World,
  context: CalendarContext,
  request: SimulatedRequest,
  id: string,
): void {
  requireWritable(context);
  const { event, instance } = findEvent(world, context, id);
  if (event.deleted || event.status === 'cancelled' || instance?.cancelled) throw eventDeleted();
  checkMatch(request, event);
  if (!instance) world.deleteEvent(context.calendar.id, event.id);
  else world.changeInstance(context.calendar.id, event.id, instance.originalStart, { cancelled: true });
}

function bodyOf(request: SimulatedRequest): EventBody {
  const body = parseJsonBody(request, eventBodySchema);
  if (!body) throw badRequest('Bad Request');
  return body;
}

function checkMatch(request: SimulatedRequest, event: WorldEvent) {
  const expected = request.headers['if-match'];
  if (expected !== undefined && expected !== '*' && expected !== etagOf(event)) {
    throw apiError(412, 'conditionNotMet', 'Precondition Failed', {
      locationType: 'header',
      location: 'If-Match',
    });
  }
}

function requireWritable({ calendar }: CalendarContext) {
  if (!calendar.writable)
    throw apiError(403, 'forbidden', 'You need to have writer access to this calendar.');
}
