/** Change tracking over a calendar view; the window is sealed in the links. */

import { z } from 'zod';
import { DAY } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { type Cursors, changePositionSchema, cutPage } from '../cursor.ts';
import { type Instance, instancesOf, overlaps, type WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import { jsonResponse, type SimulatedRequest, type SimulatedResponse } from '../http.ts';
import { withOlderItems } from '../older-items.ts';
import type { World, WorldCalendar } from '../world.ts';
import { apiError, badRequest, syncStateExpired } from './errors.ts';
import {
  eventResource,
  instanceId,
  isPresent,
  occurrenceStub,
  removedItem,
  type View,
} from './event-resource.ts';
import { preference } from './zones.ts';

const UNSUPPORTED_PARAMETERS = [
  '$select',
  '$expand',
  '$filter',
  '$orderby',
  '$search',
  '$top',
  '$skip',
  '$count',
];
const MAX_PAGE_SIZE = 200;
const DEFAULT_PAGE_SIZE = 10;

const tokenSchema = z.object({
  calendar: z.string(),
  generation: z.string(),
  from: z.number(),
  to: z.number(),
  /** The revision after which the round begins; null: the first round. */
  since: z.int().nullable(),
  /** Null in a delta link: the start of its round. */
  position: changePositionSchema.nullable(),
});
type Token = z.infer<typeof tokenSchema>;
type Json = Record<string, unknown>;

export function calendarViewDelta(
  deps: { world: World; faults: Faults; cursors: Cursors },
  request: SimulatedRequest,
  calendar: WorldCalendar,
  view: View,
): SimulatedResponse {
  const { world, faults, cursors } = deps;
  const url = `${request.url}${request.path}`;
  const token = tokenOf(request, calendar, cursors, url, faults.goneStatus);
  const since = token.since ?? 0;
  const position = token.position ?? { revision: since + 1, index: 0, empty: 0 };
  const omitMasters = faults.lasting('no-masters').length > 0;
  const itemsOf = (event: WorldEvent) =>
    (token.since === null
      ? initialItems(event, token, view)
      : changedItems(event, { ...token, since }, view, faults.terseSeries)
    )
      .filter(({ type }) => !omitMasters || type !== 'seriesMaster')
      .map(faults.transactions.listed ? (item) => item : withoutTransaction);
  const page = cutPage(
    world.changesSince(calendar.id, since),
    faults.lasting('repeat-items').length > 0 ? withOlderItems(itemsOf) : itemsOf,
    position,
    pageSize(request, faults),
    faults.emptyPages,
  );
  const link = page.next
    ? { '@odata.nextLink': `${url}?$skiptoken=${cursors.seal({ ...token, position: page.next })}` }
    : {
        '@odata.deltaLink': `${url}?$deltatoken=${cursors.seal({ ...token, since: calendar.revision, position: null })}`,
      };
  return jsonResponse(200, {
    '@odata.context': `${request.url}/microsoft/graph/v1.0/$metadata#Collection(event)`,
    value: page.items,
    ...link,
  });
}

function tokenOf(
  { query }: SimulatedRequest,
  calendar: WorldCalendar,
  cursors: Cursors,
  url: string,
  goneStatus: 400 | 410,
): Token {
  const unsupported = UNSUPPORTED_PARAMETERS.filter((name) => query.has(name) || query.has(name.slice(1)));
  if (unsupported.length > 0) {
    throw apiError(
      400,
      'ErrorInvalidUrlQuery',
      `The following parameters are not supported with change tracking over the 'CalendarView' resource: '${unsupported.join(', ')}'.`,
    );
  }
  const text = query.get('$skiptoken') ?? query.get('$deltatoken');
  if (!text) {
    const window = parseWindow(query);
    return { calendar: calendar.id, generation: calendar.generation, ...window, since: null, position: null };
  }
  const token = cursors.open(text, tokenSchema);
  if (!token || token.calendar !== calendar.id) {
    throw apiError(400, 'SyncStateInvalid', 'The sync state is not valid.');
  }
  if (token.generation !== calendar.generation) {
    if (goneStatus === 400)
      throw apiError(400, 'SyncStateNotFound', 'The sync state generation is not found.');
    const [from, to] = [formatInstant(token.from), formatInstant(token.to)];
    throw syncStateExpired(`${url}?startDateTime=${from}&endDateTime=${to}&$deltatoken=`);
  }
  return token;
}

const MAX_WINDOW_DAYS = 1825;

/** `startDateTime` and `endDateTime`: UTC when they carry no offset. @throws HttpError */
export function parseWindow(query: URLSearchParams): { from: number; to: number } {
  const bound = (name: string) => {
    const text = query.get(name);
    if (!text)
      throw badRequest(
        `This request requires a time window specified by the query string parameters StartDateTime and EndDateTime: ${name} is missing.`,
      );
    const at = Date.parse(
      /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.length === 10 ? `${text}T00:00:00` : text}Z`,
    );
    if (Number.isNaN(at)) throw badRequest(`The value '${text}' of parameter '${name}' is invalid.`);
    return at;
  };
  const [from, to] = [bound('startDateTime'), bound('endDateTime')];
  if (to < from) throw badRequest('The end of the window is before its start.');
  if (to - from > MAX_WINDOW_DAYS * DAY) {
    throw badRequest(`The requested time window is larger than ${MAX_WINDOW_DAYS} days.`);
  }
  return { from, to };
}

function pageSize(request: SimulatedRequest, faults: Faults): number {
  const requested = Number(preference(request, 'odata.maxpagesize') ?? DEFAULT_PAGE_SIZE);
  const hint = Number.isInteger(requested) && requested > 0 ? requested : DEFAULT_PAGE_SIZE;
  return Math.min(hint, MAX_PAGE_SIZE, faults.pageSize ?? MAX_PAGE_SIZE);
}

/** The items of the first round: events in the window, and a series' master beside its occurrences. */
function initialItems(event: WorldEvent, window: Token, view: View): Json[] {
  return event.deleted ? [] : presentItems(event, window, view);
}

function presentItems(event: WorldEvent, { from, to }: Token, view: View): Json[] {
  const shown = instancesOf(event).filter((each) => isPresent(each) && overlaps(each, from, to));
  const [first] = shown;
  if (!first) return [];
  if (!event.series) return [typed(eventResource(first, view))];
  const occurrences = shown.map((each) =>
    each.exception ? typed(eventResource(each, view)) : occurrenceStub(each, view),
  );
  return [typed(eventResource(first, view, true)), ...occurrences];
}

const withoutTransaction = ({ transactionId: _, ...item }: Json): Json => item;

const typed = (form: Json): Json => ({ '@odata.type': '#microsoft.graph.event', ...form });

/** The items of a later round. An event that changed outside the window is listed as removed, known to the client or not. */
function changedItems(
  event: WorldEvent,
  token: Token & { since: number },
  view: View,
  terse: boolean,
): Json[] {
  const shown = event.deleted ? [] : presentItems(event, token, view);
  if (event.series && terse) return shown.length === 0 ? [removedItem(event.id)] : shown.slice(0, 1);
  const instances = instancesOf(event);
  const retiredStarts = [...event.retired]
    .filter(([, revision]) => revision > token.since)
    .map(([start]) => start);
  const [model] = instances;
  const lostIds = event.series || retiredStarts.length > 0 ? lostInstances(event, token, instances) : [];
  const retired = model ? retiredStarts.map((originalStart) => instanceId({ ...model, originalStart })) : [];
  return [
    ...(shown.length === 0 ? [removedItem(event.id)] : shown),
    ...[...lostIds, ...retired].map(removedItem),
  ];
}

/** Ids of the instances that are gone: of a deleted series, all in the window; else those that were cancelled or moved away. */
function lostInstances(event: WorldEvent, { from, to }: Token, instances: Instance[]): string[] {
  if (!event.series) return [];
  return instances
    .filter((each) =>
      event.deleted
        ? overlaps(each, from, to)
        : each.exception && !(isPresent(each) && overlaps(each, from, to)),
    )
    .map(instanceId);
}
