/** Lists of a calendar without change tracking: its view over a window, its events, the instances of one series. */
import { type Instance, instancesOf, overlaps, type WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import { jsonResponse, type SimulatedRequest, type SimulatedResponse } from '../http.ts';
import type { World, WorldCalendar } from '../world.ts';
import { parseWindow } from './delta.ts';
import { apiError, badRequest } from './errors.ts';
import { eventResource, isPresent, type View } from './event-resource.ts';
import type { FoundEvent } from './events.ts';

type Json = Record<string, unknown>;

/** Lists single events, occurrences with all their properties, and exceptions; no masters. */
export function calendarView(
  { world, faults }: { world: World; faults: Faults },
  request: SimulatedRequest,
  calendar: WorldCalendar,
  view: View,
): SimulatedResponse {
  const { from, to } = parseWindow(request.query);
  const instances = world
    .changesSince(calendar.id, 0)
    .flatMap((event) => (event.deleted ? [] : instancesOf(event)));
  return listInstances(request, faults, sortedWithin(instances, from, to), view);
}

export function instances(
  request: SimulatedRequest,
  faults: Faults,
  { event }: FoundEvent,
  view: View,
): SimulatedResponse {
  const { from, to } = parseWindow(request.query);
  if (!event.series) throw badRequest('The event is no series master.');
  return listInstances(request, faults, sortedWithin(instancesOf(event), from, to), view);
}

/** Lists single events and series' masters: all of them, or those with one extended property. */
export function listEvents(
  { world, faults }: { world: World; faults: Faults },
  request: SimulatedRequest,
  calendar: WorldCalendar,
  view: View,
): SimulatedResponse {
  const filter = request.query.get('$filter');
  const matches = filter === null ? () => true : parsePropertyFilter(filter);
  const masters = world
    .changesSince(calendar.id, 0)
    .filter((event) => !event.deleted && matches(event))
    .flatMap((event) => instancesOf(event).slice(0, 1));
  return listInstances(request, faults, masters, view, { supported: ['$filter'], asMaster: true });
}

const PROPERTY_FILTER =
  /^singleValueExtendedProperties\/any\((\w+): *\1\/id eq '((?:[^']|'')*)' and \1\/value eq '((?:[^']|'')*)'\)$/i;

/** Parses the one filter that the simulator supports. It compares names exactly and values without case. */
function parsePropertyFilter(filter: string): (event: WorldEvent) => boolean {
  const [, , id, value] = PROPERTY_FILTER.exec(filter)?.map((part) => part.replaceAll("''", "'")) ?? [];
  if (id === undefined || value === undefined) {
    throw apiError(501, 'NotImplemented', `The simulator does not know the filter ${filter}.`);
  }
  return ({ extra }) => {
    const properties = extra.singleValueExtendedProperties;
    return (
      Array.isArray(properties) &&
      properties.some(
        (each: { id: string; value: string }) =>
          each.id === id && each.value.toLowerCase() === value.toLowerCase(),
      )
    );
  };
}

const sortedWithin = (instances: Instance[], from: number, to: number) =>
  instances.filter((each) => isPresent(each) && overlaps(each, from, to)).sort((a, b) => a.start - b.start);

function listInstances(
  request: SimulatedRequest,
  faults: Faults,
  all: Instance[],
  view: View,
  { supported = [], asMaster = false }: { supported?: string[]; asMaster?: boolean } = {},
): SimulatedResponse {
  const unsupported = ['$filter', '$expand', '$search'].find(
    (name) => request.query.has(name) && !supported.includes(name),
  );
  if (unsupported) throw apiError(501, 'NotImplemented', `The simulator does not know ${unsupported}.`);
  const select = request.query.get('$select')?.split(',');
  const selectFields = (resourceOf: Json): Json =>
    select
      ? Object.fromEntries(
          Object.entries(resourceOf).filter(
            ([key]) => key.startsWith('@') || key === 'id' || select.includes(key),
          ),
        )
      : resourceOf;
  return paged(request, faults, all, 10, 1000, (each) => selectFields(eventResource(each, view, asMaster)));
}

/** Pages by `$top` and `$skip`, with a link to the next page that repeats the request. */
export function paged<T>(
  request: SimulatedRequest,
  faults: Faults,
  all: readonly T[],
  defaultSize: number,
  maxSize: number,
  resourceOf: (item: T) => Json,
): SimulatedResponse {
  const number = (name: string, fallback: number, least: number, most: number) => {
    const text = request.query.get(name);
    const value = text === null ? fallback : Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw badRequest(`Invalid value for ${name}.`);
    return value;
  };
  const top = Math.min(number('$top', defaultSize, 1, maxSize), faults.pageSize ?? maxSize);
  const skip = number('$skip', 0, 0, Number.MAX_SAFE_INTEGER);
  const query = new URLSearchParams(request.query);
  query.set('$skip', String(skip + top));
  const more = skip + top < all.length;
  return jsonResponse(200, {
    '@odata.context': `${request.url}/microsoft/graph/v1.0/$metadata#users('me')`,
    value: all.slice(skip, skip + top).map(resourceOf),
    ...(more ? { '@odata.nextLink': `${request.url}${request.path}?${query}` } : {}),
  });
}
