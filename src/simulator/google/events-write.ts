/** events.get, insert, update, patch and delete; of single instances too. */
import { type Instance, instancesOf, type WorldEvent } from '../event.ts';
import { type Exchange, readBody } from '../exchange.ts';
import type { World } from '../world.ts';
import { badRequest, gone, notFound, refusal } from './errors.ts';
import { cancelledInstance, etagOf, eventForm, instanceId, type Place, tombstone } from './event-form.ts';
import { type EventBody, eventBodySchema, inputOf } from './event-input.ts';

interface Found {
  event: WorldEvent;
  /** The instance that the id names; null: it names the event itself. */
  instance: Instance | null;
}

/** @throws Refusal */
function find(world: World, { calendar }: Place, id: string): Found {
  const event = world.event(calendar.id, id);
  if (event) return { event, instance: null };
  const master = world.event(calendar.id, id.slice(0, id.lastIndexOf('_')));
  const instance = master?.series ? instancesOf(master).find((each) => instanceId(each) === id) : undefined;
  if (!master || !instance) throw notFound();
  return { event: master, instance };
}

function form({ event, instance }: Found, place: Place) {
  if (instance) return instance.cancelled ? cancelledInstance(instance, place) : eventForm(instance, place);
  if (event.deleted || event.status === 'cancelled') return tombstone(event);
  const [first] = instancesOf(event);
  if (!first) throw notFound();
  return eventForm({ ...first, start: event.start, end: event.end }, place, event.series !== null);
}

export const getEvent = (world: World, place: Place, id: string) => form(find(world, place, id), place);

export function insertEvent(world: World, place: Place, exchange: Exchange) {
  mayWrite(place);
  const body = bodyOf(exchange);
  if (!body.start) throw badRequest('Missing start time.');
  if (body.id !== undefined && world.event(place.calendar.id, body.id)) {
    throw refusal(409, 'duplicate', 'The requested identifier already exists.');
  }
  const event = world.createEvent(place.calendar.id, inputOf(body, place.calendar.timeZone));
  return form({ event, instance: null }, place);
}

/** `whole`: an update, which needs the times; else a patch. */
export function changeEvent(world: World, place: Place, exchange: Exchange, id: string, whole: boolean) {
  mayWrite(place);
  const { event, instance } = find(world, place, id);
  checkMatch(exchange, event);
  const body = bodyOf(exchange);
  if (whole && !body.start) throw badRequest('Missing start time.');
  const { id: _, ...changes } = inputOf(body, place.calendar.timeZone);
  if (!instance) {
    const back = event.deleted && body.status === 'confirmed';
    if (event.deleted && !back) throw gone();
    const change = back ? world.restoreEvent : world.updateEvent;
    return form({ event: change(place.calendar.id, event.id, changes), instance }, place);
  }
  const changed = world.changeInstance(place.calendar.id, event.id, instance.originalStart, {
    start: changes.start,
    end: changes.end,
    cancelled: body.status === undefined ? undefined : body.status === 'cancelled',
  });
  const after = instancesOf(changed).find((each) => each.originalStart === instance.originalStart);
  return form({ event: changed, instance: after ?? null }, place);
}

export function deleteEvent(world: World, place: Place, exchange: Exchange, id: string): void {
  mayWrite(place);
  const { event, instance } = find(world, place, id);
  if (event.deleted || event.status === 'cancelled' || instance?.cancelled) throw gone();
  checkMatch(exchange, event);
  if (!instance) world.deleteEvent(place.calendar.id, event.id);
  else world.changeInstance(place.calendar.id, event.id, instance.originalStart, { cancelled: true });
}

function bodyOf(exchange: Exchange): EventBody {
  const body = readBody(exchange, eventBodySchema);
  if (!body) throw badRequest('Bad Request');
  return body;
}

function checkMatch(exchange: Exchange, event: WorldEvent) {
  const wanted = exchange.headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && wanted !== etagOf(event)) {
    throw refusal(412, 'conditionNotMet', 'Precondition Failed', {
      locationType: 'header',
      location: 'If-Match',
    });
  }
}

function mayWrite({ calendar }: Place) {
  if (!calendar.writable) throw refusal(403, 'forbidden', 'You need to have writer access to this calendar.');
}
