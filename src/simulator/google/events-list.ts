/** events.list: full and incremental rounds, page by page. */

import { z } from 'zod';
import { formatInstant } from '../../time/instant-text.ts';
import { isTimeZone } from '../../time/zone.ts';
import { type Cursors, changePositionSchema, cutPage } from '../cursor.ts';
import { type Instance, instancesOf, overlaps, type WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import { jsonResponse, type SimulatedResponse } from '../http.ts';
import { withOlderItems } from '../older-items.ts';
import type { World } from '../world.ts';
import { apiError, badRequest, invalid, syncTokenExpired } from './errors.ts';
import { type CalendarContext, cancelledInstance, eventResource, tombstone } from './event-resource.ts';

/** Parameters that Google refuses together with a sync token. */
const EXCLUDED_BY_SYNC_TOKEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];
/** Parameters that Google knows and the simulator does not. */
const UNSUPPORTED = ['iCalUID', 'q', 'sharedExtendedProperty', 'updatedMin'];
/** Parameters that must be the same in every request of a sync token. */
const SEALED_PARAMETERS = ['singleEvents', 'maxAttendees', 'eventTypes', 'showHiddenInvitations'];

const syncSchema = z.object({
  calendar: z.string(),
  generation: z.string(),
  revision: z.int(),
  parameters: z.string(),
});
const pageSchema = z.object({
  calendar: z.string(),
  generation: z.string(),
  round: z.string(),
  context: changePositionSchema,
});

interface ListQuery {
  singleEvents: boolean;
  showDeleted: boolean;
  from: number;
  to: number;
  incremental: boolean;
  /** The revision after which an incremental round begins. */
  since: number;
}

type Json = Record<string, unknown>;

export function listEvents(
  deps: { world: World; faults: Faults; cursors: Cursors },
  query: URLSearchParams,
  context: CalendarContext,
): SimulatedResponse {
  const { world, faults, cursors } = deps;
  const { calendar } = context;
  const parameters = SEALED_PARAMETERS.map((name) => `${name}=${query.getAll(name).join(',')}`).join('&');
  const since = sinceOf(query, cursors, calendar, parameters);
  const listQuery = parseListQuery(query, since);
  const round = JSON.stringify([
    parameters,
    query.get('syncToken'),
    query.get('timeMin'),
    query.get('timeMax'),
  ]);
  const unsupported = UNSUPPORTED.find((name) => query.has(name));
  if (unsupported) throw apiError(501, 'notImplemented', `The simulator does not know ${unsupported}.`);
  const timeZone = query.get('timeZone') ?? calendar.timeZone;
  if (!isTimeZone(timeZone)) throw invalid('timeZone');
  const pageSize = Math.min(pageSizeOf(query, 250, 2500), faults.pageSize ?? 2500);

  let position = { revision: listQuery.since + 1, index: 0, empty: 0 };
  const pageToken = query.get('pageToken');
  if (pageToken !== null) {
    const page = cursors.open(pageToken, pageSchema);
    if (page?.calendar !== calendar.id || page.round !== round) throw invalid('pageToken');
    if (listQuery.incremental && page.generation !== calendar.generation) throw syncTokenExpired();
    position = page.context;
  }
  const events = world
    .changesSince(calendar.id, listQuery.since)
    .filter((event) => hasProperties(event, query));
  const itemsIn = (event: WorldEvent) =>
    itemsFor(event, listQuery, { ...context, timeZone }, faults.terseSeries);
  const itemsOf = faults.lasting('repeat-items').length > 0 ? withOlderItems(itemsIn) : itemsIn;
  const { items, next } =
    query.get('orderBy') === 'startTime'
      ? sorted(events.flatMap(itemsOf), position.index, pageSize)
      : cutPage(events, itemsOf, position, pageSize, faults.emptyPages);
  const { id, generation, revision } = calendar;
  return jsonResponse(200, {
    kind: 'calendar#events',
    etag: `"p3${String(revision).padStart(15, '0')}"`,
    summary: calendar.name,
    description: '',
    updated: formatInstant(Math.max(0, ...events.map((event) => event.updated))),
    timeZone,
    accessRole: calendar.writable ? 'owner' : 'reader',
    defaultReminders: [],
    ...(next
      ? { nextPageToken: cursors.seal({ calendar: id, generation, round, context: next }) }
      : query.has('orderBy')
        ? {}
        : { nextSyncToken: cursors.seal({ calendar: id, generation, revision, parameters }) }),
    items,
  });
}

/** The revision after which the round begins; null: a full round. */
function sinceOf(
  query: URLSearchParams,
  cursors: Cursors,
  calendar: CalendarContext['calendar'],
  parameters: string,
): number | null {
  const text = query.get('syncToken');
  if (text === null) return null;
  const forbidden = EXCLUDED_BY_SYNC_TOKEN.find((name) => query.has(name));
  if (forbidden) throw badRequest(`Sync token cannot be used with other query restrictions: ${forbidden}.`);
  if (query.get('showDeleted') === 'false')
    throw badRequest('showDeleted cannot be false beside a sync token.');
  const sync = cursors.open(text, syncSchema);
  if (!sync || sync.calendar !== calendar.id) throw invalid('syncToken');
  if (sync.generation !== calendar.generation) throw syncTokenExpired();
  if (sync.parameters !== parameters)
    throw badRequest('The parameters differ from those that the sync token was given for.');
  return sync.revision;
}

function parseListQuery(query: URLSearchParams, since: number | null): ListQuery {
  const bound = (name: string, none: number) => {
    const text = query.get(name);
    if (text === null) return none;
    const at = Date.parse(text);
    if (Number.isNaN(at) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text)) throw badRequest('Bad Request');
    return at;
  };
  const [from, to] = [bound('timeMin', -Infinity), bound('timeMax', Infinity)];
  if (to <= from) {
    throw apiError(400, 'timeRangeEmpty', 'The specified time range is empty.', {
      domain: 'calendar',
      locationType: 'parameter',
      location: 'timeMax',
    });
  }
  const singleEvents = query.get('singleEvents') === 'true';
  if (query.get('orderBy') === 'startTime' && !singleEvents) {
    throw badRequest('The requested ordering is not available for the particular query.');
  }
  const incremental = since !== null;
  const showDeleted = incremental || query.get('showDeleted') === 'true';
  return { singleEvents, showDeleted, from, to, incremental, since: since ?? 0 };
}

function itemsFor(event: WorldEvent, listQuery: ListQuery, context: CalendarContext, terse: boolean): Json[] {
  const instances = instancesOf(event);
  const deleted = event.deleted || event.status === 'cancelled';
  if (deleted && !listQuery.showDeleted) return [];
  const within = (instance: Instance) =>
    listQuery.incremental || overlaps(instance, listQuery.from, listQuery.to);
  if (!event.series) {
    const single = instances
      .filter(within)
      .map((each) => (deleted ? tombstone(event) : eventResource(each, context)));
    return listQuery.singleEvents
      ? [...single, ...retiredInstances(event, listQuery, instances[0], context)]
      : single;
  }
  if (deleted && terse && listQuery.incremental) return [tombstone(event)];
  const resourceOf = (each: Instance) =>
    each.cancelled ? cancelledInstance(each, context) : eventResource(each, context);
  if (listQuery.singleEvents) {
    const shown = instances
      .filter((each) => within(each) && (listQuery.showDeleted || !each.cancelled))
      .map(resourceOf);
    return [...shown, ...retiredInstances(event, listQuery, instances[0], context)];
  }
  if (!instances.some(within)) return [];
  if (deleted) return [tombstone(event)];
  const [first] = instances;
  const exceptions = instances.filter((each) => each.exception);
  return [
    ...(first ? [eventResource({ ...first, start: event.start, end: event.end }, context, true)] : []),
    ...exceptions.map(resourceOf),
  ];
}

/** The event has every `privateExtendedProperty` of the query, each written `name=value`. */
function hasProperties(event: WorldEvent, query: URLSearchParams): boolean {
  const { private: own = {} } = (event.extra.extendedProperties ?? {}) as {
    private?: Record<string, string>;
  };
  return query.getAll('privateExtendedProperty').every((property) => {
    const [name = '', ...value] = property.split('=');
    return own[name] === value.join('=');
  });
}

/** Instances that the series lost since the last round; a full round does not list them. */
function retiredInstances(
  event: WorldEvent,
  listQuery: ListQuery,
  model: Instance | undefined,
  context: CalendarContext,
): Json[] {
  if (!listQuery.incremental || !model) return [];
  return [...event.retired]
    .filter(([, revision]) => revision > listQuery.since)
    .map(([originalStart]) => cancelledInstance({ ...model, originalStart, start: originalStart }, context));
}

function sorted(items: Json[], from: number, size: number) {
  const key = ({ start }: Json) => {
    const time = start as { dateTime?: string; date?: string } | undefined;
    return Date.parse(time?.dateTime ?? time?.date ?? '');
  };
  const page = items.sort((a, b) => key(a) - key(b)).slice(from, from + size);
  const next = from + size < items.length ? { revision: 0, index: from + size, empty: 0 } : null;
  return { items: page, next };
}

/** The page size by `maxResults`. @throws HttpError */
export function pageSizeOf(query: URLSearchParams, defaultSize: number, maxSize: number): number {
  const text = query.get('maxResults');
  if (text === null) return defaultSize;
  const requested = Number(text);
  if (!Number.isInteger(requested) || requested < 1) throw invalid('maxResults');
  return Math.min(requested, maxSize);
}
