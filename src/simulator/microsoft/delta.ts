/** Change tracking over a calendar view: its window is sealed in the links. */

import { z } from 'zod';
import { DAY } from '../../time/clock.ts';
import { formatInstant } from '../../time/instant-text.ts';
import { type Cursors, cutPage, placeSchema } from '../cursor.ts';
import { type Instance, instancesOf, overlaps, type WorldEvent } from '../event.ts';
import { type Answer, type Exchange, json } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import { repeated } from '../repeated.ts';
import type { World, WorldCalendar } from '../world.ts';
import { badRequest, refusal, stateGone } from './errors.ts';
import { eventForm, instanceId, isPresent, removed, stub, type View } from './event-form.ts';
import { preference } from './zones.ts';

const REFUSED = ['$select', '$expand', '$filter', '$orderby', '$search', '$top', '$skip', '$count'];
const LARGEST = 200;
const USUAL = 10;

const tokenSchema = z.object({
  calendar: z.string(),
  generation: z.string(),
  from: z.number(),
  to: z.number(),
  /** Revision that the round begins behind; null: it is the first one. */
  since: z.int().nullable(),
  /** Null: a delta link, at the start of its round. */
  place: placeSchema.nullable(),
});
type Token = z.infer<typeof tokenSchema>;
type Json = Record<string, unknown>;

export function delta(
  deps: { world: World; faults: Faults; cursors: Cursors },
  exchange: Exchange,
  calendar: WorldCalendar,
  view: View,
): Answer {
  const { world, faults, cursors } = deps;
  const here = `${exchange.url}${exchange.path}`;
  const token = tokenOf(exchange, calendar, cursors, here, faults.goneStatus);
  const since = token.since ?? 0;
  const place = token.place ?? { revision: since + 1, index: 0, empty: 0 };
  const masterless = faults.lasting('no-masters').length > 0;
  const itemsOf = (event: WorldEvent) =>
    (token.since === null
      ? firstTime(event, token, view)
      : changes(event, { ...token, since }, view, faults.terseSeries)
    )
      .filter(({ type }) => !masterless || type !== 'seriesMaster')
      .map(faults.transactions.told ? (item) => item : withoutTransaction);
  const page = cutPage(
    world.changesSince(calendar.id, since),
    faults.lasting('repeat-items').length > 0 ? repeated(itemsOf) : itemsOf,
    place,
    pageSize(exchange, faults),
    faults.emptyPages,
  );
  const link = page.next
    ? { '@odata.nextLink': `${here}?$skiptoken=${cursors.seal({ ...token, place: page.next })}` }
    : {
        '@odata.deltaLink': `${here}?$deltatoken=${cursors.seal({ ...token, since: calendar.revision, place: null })}`,
      };
  return json(200, {
    '@odata.context': `${exchange.url}/microsoft/graph/v1.0/$metadata#Collection(event)`,
    value: page.items,
    ...link,
  });
}

function tokenOf(
  { query }: Exchange,
  calendar: WorldCalendar,
  cursors: Cursors,
  here: string,
  goneStatus: 400 | 410,
): Token {
  const unsupported = REFUSED.filter((name) => query.has(name) || query.has(name.slice(1)));
  if (unsupported.length > 0) {
    throw refusal(
      400,
      'ErrorInvalidUrlQuery',
      `The following parameters are not supported with change tracking over the 'CalendarView' resource: '${unsupported.join(', ')}'.`,
    );
  }
  const text = query.get('$skiptoken') ?? query.get('$deltatoken');
  if (!text) {
    const window = windowOf(query);
    return { calendar: calendar.id, generation: calendar.generation, ...window, since: null, place: null };
  }
  const token = cursors.open(text, tokenSchema);
  if (!token || token.calendar !== calendar.id) {
    throw refusal(400, 'SyncStateInvalid', 'The sync state is not valid.');
  }
  if (token.generation !== calendar.generation) {
    if (goneStatus === 400)
      throw refusal(400, 'SyncStateNotFound', 'The sync state generation is not found.');
    const [from, to] = [formatInstant(token.from), formatInstant(token.to)];
    throw stateGone(`${here}?startDateTime=${from}&endDateTime=${to}&$deltatoken=`);
  }
  return token;
}

const LONGEST_DAYS = 1825;

/** `startDateTime` and `endDateTime`: UTC when they carry no offset. @throws Refusal */
export function windowOf(query: URLSearchParams): { from: number; to: number } {
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
  if (to - from > LONGEST_DAYS * DAY) {
    throw badRequest(`The requested time window is larger than ${LONGEST_DAYS} days.`);
  }
  return { from, to };
}

function pageSize(exchange: Exchange, faults: Faults): number {
  const wished = Number(preference(exchange, 'odata.maxpagesize') ?? USUAL);
  const hint = Number.isInteger(wished) && wished > 0 ? wished : USUAL;
  return Math.min(hint, LARGEST, faults.pageSize ?? LARGEST);
}

/** The first round: what stands in the window; a series' master beside its occurrences. */
function firstTime(event: WorldEvent, window: Token, view: View): Json[] {
  return event.deleted ? [] : present(event, window, view);
}

function present(event: WorldEvent, { from, to }: Token, view: View): Json[] {
  const shown = instancesOf(event).filter((each) => isPresent(each) && overlaps(each, from, to));
  const [first] = shown;
  if (!first) return [];
  if (!event.series) return [typed(eventForm(first, view))];
  const occurrences = shown.map((each) => (each.exception ? typed(eventForm(each, view)) : stub(each, view)));
  return [typed(eventForm(first, view, true)), ...occurrences];
}

const withoutTransaction = ({ transactionId: _, ...item }: Json): Json => item;

const typed = (form: Json): Json => ({ '@odata.type': '#microsoft.graph.event', ...form });

/** A later round. What changed outside the window comes as removed, known to the client or not. */
function changes(event: WorldEvent, token: Token & { since: number }, view: View, terse: boolean): Json[] {
  const shown = event.deleted ? [] : present(event, token, view);
  if (event.series && terse) return shown.length === 0 ? [removed(event.id)] : shown.slice(0, 1);
  const instances = instancesOf(event);
  const gone = [...event.retired].filter(([, revision]) => revision > token.since).map(([start]) => start);
  const [model] = instances;
  const lost = event.series || gone.length > 0 ? lostInstances(event, token, instances) : [];
  const retired = model ? gone.map((originalStart) => instanceId({ ...model, originalStart })) : [];
  return [...(shown.length === 0 ? [removed(event.id)] : shown), ...[...lost, ...retired].map(removed)];
}

/** Of a deleted series, all in the window; of a live one, those that were taken out or moved away. */
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
