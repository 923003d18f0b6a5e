/** Reads and writes single events of a mailbox, and single instances of a series. */
import { type Instance, instancesOf, type WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import { jsonResponse, parseJsonBody, type SimulatedRequest, type SimulatedResponse } from '../http.ts';
import type { Person, World, WorldCalendar } from '../world.ts';
import { accessDenied, apiError, badRequest, itemNotFound } from './errors.ts';
import { eventBodySchema, parseEventInput } from './event-input.ts';
import { etagOf, eventResource, instanceId, isPresent, masterOf, type View } from './event-resource.ts';
import { lostMeeting, meetingChange } from './online-meeting.ts';

export interface FoundEvent {
  calendar: WorldCalendar;
  event: WorldEvent;
  /** The instance that the id names; null: the id names the event itself. */
  instance: Instance | null;
}

/** Ids are unique in a mailbox, so the calendar need not be named. @throws HttpError */
export function findEvent(world: World, person: Person, id: string): FoundEvent {
  for (const calendar of world.calendars(person.email)) {
    const event = world.event(calendar.id, id);
    if (event && !event.deleted) return { calendar, event, instance: null };
    const master = world.event(calendar.id, masterOf(id) ?? '');
    const instance = master?.series
      ? instancesOf(master).find((each) => isPresent(each) && instanceId(each) === id)
      : undefined;
    if (master && instance) return { calendar, event: master, instance };
  }
  throw itemNotFound();
}

export function resourceOf({ event, instance }: FoundEvent, view: View) {
  const shown = instance ?? instancesOf(event)[0];
  if (!shown) throw itemNotFound();
  return eventResource(shown, view, instance === null);
}

/** A repeated `transactionId` returns the event that it created; with another start or title it is refused. */
export function createEvent(
  { world, faults }: { world: World; faults: Faults },
  request: SimulatedRequest,
  calendar: WorldCalendar,
  view: View,
): SimulatedResponse {
  requireWritable(calendar);
  const body = bodyOf(request);
  const input = parseEventInput(body, false);
  if (!body.start || !body.end) throw badRequest('Start and End are required.');
  const refuseRepeated = faults.transactions.repeated === 'refused';
  const existing = body.transactionId
    ? world
        .changesSince(calendar.id, 0)
        .find(
          (event) => (refuseRepeated || !event.deleted) && event.extra.transactionId === body.transactionId,
        )
    : undefined;
  const differs =
    existing?.title !== (input.title ?? '') || (input.start ?? existing.start) !== existing.start;
  if (existing && (refuseRepeated || differs)) {
    throw apiError(
      409,
      'ErrorDuplicateTransactionId',
      "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.",
      {},
      { '@event.existingEventId': existing.id },
    );
  }
  const meeting = meetingChange(body.isOnlineMeeting, null, view.person, faults);
  const extra = { ...input.extra, ...meeting };
  const event = existing ?? world.createEvent(calendar.id, { ...input, extra });
  return jsonResponse(201, resourceOf({ calendar, event, instance: null }, view));
}

export function changeEvent(
  { world, faults }: { world: World; faults: Faults },
  request: SimulatedRequest,
  foundEvent: FoundEvent,
  view: View,
): SimulatedResponse {
  const { calendar, event, instance } = foundEvent;
  requireWritable(calendar);
  checkMatch(request, event);
  const body = bodyOf(request);
  const changes = parseEventInput(body, event.allDay !== null);
  if (!instance) {
    const meeting = meetingChange(body.isOnlineMeeting, event, view.person, faults);
    changes.extra = { ...changes.extra, ...meeting, ...lostMeeting(body.body?.content, event) };
    const changed = world.updateEvent(calendar.id, event.id, changes);
    return jsonResponse(200, resourceOf({ ...foundEvent, event: changed }, view));
  }
  const { start, end } = changes;
  const changed = world.changeInstance(calendar.id, event.id, instance.originalStart, { start, end });
  const after = instancesOf(changed).find((each) => each.originalStart === instance.originalStart);
  return jsonResponse(200, resourceOf({ calendar, event: changed, instance: after ?? null }, view));
}

export function deleteEvent(
  world: World,
  request: SimulatedRequest,
  { calendar, event, instance }: FoundEvent,
): SimulatedResponse {
  requireWritable(calendar);
  checkMatch(request, event);
  if (!instance) world.deleteEvent(calendar.id, event.id);
  else world.changeInstance(calendar.id, event.id, instance.originalStart, { cancelled: true });
  return { status: 204 };
}

function bodyOf(request: SimulatedRequest) {
  const body = parseJsonBody(request, eventBodySchema);
  if (!body) throw apiError(400, 'RequestBodyRead', 'The request body could not be read as an event.');
  return body;
}

function checkMatch(request: SimulatedRequest, event: WorldEvent) {
  const expected = request.headers['if-match'];
  if (expected !== undefined && expected !== '*' && expected !== etagOf(event)) {
    throw apiError(
      412,
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
    );
  }
}

function requireWritable(calendar: WorldCalendar) {
  if (!calendar.writable) throw accessDenied();
}
