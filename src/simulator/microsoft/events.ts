/** Reading and writing single events of a mailbox; of single instances too. */
import { type Instance, instancesOf, type WorldEvent } from '../event.ts';
import { type Answer, type Exchange, json, readBody } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { Person, World, WorldCalendar } from '../world.ts';
import { accessDenied, badRequest, itemNotFound, refusal } from './errors.ts';
import { etagOf, eventForm, instanceId, isPresent, masterOf, type View } from './event-form.ts';
import { eventBodySchema, inputOf } from './event-input.ts';

export interface Found {
  calendar: WorldCalendar;
  event: WorldEvent;
  /** The instance that the id names; null: it names the event itself. */
  instance: Instance | null;
}

/** Ids are unique in a mailbox, so no calendar needs to be named. @throws Refusal */
export function findEvent(world: World, person: Person, id: string): Found {
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

export function formOf({ event, instance }: Found, view: View) {
  const shown = instance ?? instancesOf(event)[0];
  if (!shown) throw itemNotFound();
  return eventForm(shown, view, instance === null);
}

/** The same `transactionId` brings the event that it made; with other times or title it is refused. */
export function createEvent(
  { world, faults }: { world: World; faults: Faults },
  exchange: Exchange,
  calendar: WorldCalendar,
  view: View,
): Answer {
  mayWrite(calendar);
  const body = bodyOf(exchange);
  const input = inputOf(body, false);
  if (!body.start || !body.end) throw badRequest('Start and End are required.');
  const refused = faults.transactions.repeated === 'refused';
  const made = body.transactionId
    ? world
        .changesSince(calendar.id, 0)
        .find((event) => (refused || !event.deleted) && event.extra.transactionId === body.transactionId)
    : undefined;
  const other = made?.title !== (input.title ?? '') || (input.start ?? made.start) !== made.start;
  if (made && (refused || other)) {
    throw refusal(
      409,
      'ErrorDuplicateTransactionId',
      "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.",
      {},
      { '@event.existingEventId': made.id },
    );
  }
  const event = made ?? world.createEvent(calendar.id, input);
  return json(201, formOf({ calendar, event, instance: null }, view));
}

export function changeEvent(world: World, exchange: Exchange, found: Found, view: View): Answer {
  const { calendar, event, instance } = found;
  mayWrite(calendar);
  checkMatch(exchange, event);
  const changes = inputOf(bodyOf(exchange), event.allDay !== null);
  if (!instance) {
    const changed = world.updateEvent(calendar.id, event.id, changes);
    return json(200, formOf({ ...found, event: changed }, view));
  }
  const { start, end } = changes;
  const changed = world.changeInstance(calendar.id, event.id, instance.originalStart, { start, end });
  const after = instancesOf(changed).find((each) => each.originalStart === instance.originalStart);
  return json(200, formOf({ calendar, event: changed, instance: after ?? null }, view));
}

export function deleteEvent(world: World, exchange: Exchange, { calendar, event, instance }: Found): Answer {
  mayWrite(calendar);
  checkMatch(exchange, event);
  if (!instance) world.deleteEvent(calendar.id, event.id);
  else world.changeInstance(calendar.id, event.id, instance.originalStart, { cancelled: true });
  return { status: 204 };
}

function bodyOf(exchange: Exchange) {
  const body = readBody(exchange, eventBodySchema);
  if (!body) throw refusal(400, 'RequestBodyRead', 'The request body could not be read as an event.');
  return body;
}

function checkMatch(exchange: Exchange, event: WorldEvent) {
  const wanted = exchange.headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && wanted !== etagOf(event)) {
    throw refusal(
      412,
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
    );
  }
}

function mayWrite(calendar: WorldCalendar) {
  if (!calendar.writable) throw accessDenied();
}
