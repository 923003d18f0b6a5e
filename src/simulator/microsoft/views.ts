/** Plain reads of a calendar: its view over a window, and the instances of one series. */
import { type Instance, instancesOf, overlaps, type WorldEvent } from '../event.ts';
import { type Answer, type Exchange, json } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { World, WorldCalendar } from '../world.ts';
import { windowOf } from './delta.ts';
import { badRequest, refusal } from './errors.ts';
import { eventForm, isPresent, type View } from './event-form.ts';
import type { Found } from './events.ts';

type Json = Record<string, unknown>;

/** Single events, occurrences with all their properties, exceptions; no masters. */
export function calendarView(
  { world, faults }: { world: World; faults: Faults },
  exchange: Exchange,
  calendar: WorldCalendar,
  view: View,
): Answer {
  const { from, to } = windowOf(exchange.query);
  const instances = world
    .changesSince(calendar.id, 0)
    .flatMap((event) => (event.deleted ? [] : instancesOf(event)));
  return listed(exchange, faults, within(instances, from, to), view);
}

export function instances(exchange: Exchange, faults: Faults, { event }: Found, view: View): Answer {
  const { from, to } = windowOf(exchange.query);
  if (!event.series) throw badRequest('The event is no series master.');
  return listed(exchange, faults, within(instancesOf(event), from, to), view);
}

/** Single events and series' masters, all or those with one extended property. */
export function listEvents(
  { world, faults }: { world: World; faults: Faults },
  exchange: Exchange,
  calendar: WorldCalendar,
  view: View,
): Answer {
  const filter = exchange.query.get('$filter');
  const bears = filter === null ? () => true : bearing(filter);
  const masters = world
    .changesSince(calendar.id, 0)
    .filter((event) => !event.deleted && bears(event))
    .flatMap((event) => instancesOf(event).slice(0, 1));
  return listed(exchange, faults, masters, view, { known: ['$filter'], asMaster: true });
}

const BEARING =
  /^singleValueExtendedProperties\/any\((\w+): *\1\/id eq '((?:[^']|'')*)' and \1\/value eq '((?:[^']|'')*)'\)$/i;

/** Reads the one filter that this world knows. Names are compared as they are written, values whatever their case. */
function bearing(filter: string): (event: WorldEvent) => boolean {
  const [, , id, value] = BEARING.exec(filter)?.map((part) => part.replaceAll("''", "'")) ?? [];
  if (id === undefined || value === undefined) {
    throw refusal(501, 'NotImplemented', `The simulator does not know the filter ${filter}.`);
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

const within = (instances: Instance[], from: number, to: number) =>
  instances.filter((each) => isPresent(each) && overlaps(each, from, to)).sort((a, b) => a.start - b.start);

function listed(
  exchange: Exchange,
  faults: Faults,
  all: Instance[],
  view: View,
  { known = [], asMaster = false }: { known?: string[]; asMaster?: boolean } = {},
): Answer {
  const beyond = ['$filter', '$expand', '$search'].find(
    (name) => exchange.query.has(name) && !known.includes(name),
  );
  if (beyond) throw refusal(501, 'NotImplemented', `The simulator does not know ${beyond}.`);
  const select = exchange.query.get('$select')?.split(',');
  const chosen = (form: Json): Json =>
    select
      ? Object.fromEntries(
          Object.entries(form).filter(([key]) => key.startsWith('@') || key === 'id' || select.includes(key)),
        )
      : form;
  return paged(exchange, faults, all, 10, 1000, (each) => chosen(eventForm(each, view, asMaster)));
}

/** Pages by `$top` and `$skip`, with a link to the next one that repeats the request. */
export function paged<T>(
  exchange: Exchange,
  faults: Faults,
  all: readonly T[],
  usual: number,
  largest: number,
  form: (item: T) => Json,
): Answer {
  const number = (name: string, none: number, least: number, most: number) => {
    const text = exchange.query.get(name);
    const value = text === null ? none : Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw badRequest(`Invalid value for ${name}.`);
    return value;
  };
  const top = Math.min(number('$top', usual, 1, largest), faults.pageSize ?? largest);
  const skip = number('$skip', 0, 0, Number.MAX_SAFE_INTEGER);
  const query = new URLSearchParams(exchange.query);
  query.set('$skip', String(skip + top));
  const more = skip + top < all.length;
  return json(200, {
    '@odata.context': `${exchange.url}/microsoft/graph/v1.0/$metadata#users('me')`,
    value: all.slice(skip, skip + top).map(form),
    ...(more ? { '@odata.nextLink': `${exchange.url}${exchange.path}?${query}` } : {}),
  });
}
