/** events.list: full and incremental rounds, page by page. */

import { z } from 'zod';
import { formatInstant } from '../../time/instant-text.ts';
import { isTimeZone } from '../../time/zone.ts';
import { type Cursors, cutPage, placeSchema } from '../cursor.ts';
import { type Instance, instancesOf, overlaps, type WorldEvent } from '../event.ts';
import { type Answer, json } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import { repeated } from '../repeated.ts';
import type { World } from '../world.ts';
import { badRequest, cursorGone, invalid, refusal } from './errors.ts';
import { cancelledInstance, eventForm, type Place, tombstone } from './event-form.ts';

/** Refused beside a sync token. */
const FORBIDDEN = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];
/** Known to Google, not to this world. */
const BEYOND = ['iCalUID', 'q', 'sharedExtendedProperty', 'updatedMin'];
/** A sync token stands only for what was asked with these. */
const SEALED = ['singleEvents', 'maxAttendees', 'eventTypes', 'showHiddenInvitations'];

const syncSchema = z.object({
  calendar: z.string(),
  generation: z.string(),
  revision: z.int(),
  asked: z.string(),
});
const pageSchema = z.object({
  calendar: z.string(),
  generation: z.string(),
  round: z.string(),
  place: placeSchema,
});

interface Wish {
  singleEvents: boolean;
  showDeleted: boolean;
  from: number;
  to: number;
  incremental: boolean;
  /** Revision behind which an incremental round begins. */
  since: number;
}

type Json = Record<string, unknown>;

export function listEvents(
  deps: { world: World; faults: Faults; cursors: Cursors },
  query: URLSearchParams,
  place: Place,
): Answer {
  const { world, faults, cursors } = deps;
  const { calendar } = place;
  const asked = SEALED.map((name) => `${name}=${query.getAll(name).join(',')}`).join('&');
  const since = sinceOf(query, cursors, calendar, asked);
  const wish = wishOf(query, since);
  const round = JSON.stringify([asked, query.get('syncToken'), query.get('timeMin'), query.get('timeMax')]);
  const beyond = BEYOND.find((name) => query.has(name));
  if (beyond) throw refusal(501, 'notImplemented', `The simulator does not know ${beyond}.`);
  const timeZone = query.get('timeZone') ?? calendar.timeZone;
  if (!isTimeZone(timeZone)) throw invalid('timeZone');
  const largest = Math.min(size(query, 250, 2500), faults.pageSize ?? 2500);

  let at = { revision: wish.since + 1, index: 0, empty: 0 };
  const pageToken = query.get('pageToken');
  if (pageToken !== null) {
    const page = cursors.open(pageToken, pageSchema);
    if (page?.calendar !== calendar.id || page.round !== round) throw invalid('pageToken');
    if (wish.incremental && page.generation !== calendar.generation) throw cursorGone();
    at = page.place;
  }
  const events = world.changesSince(calendar.id, wish.since).filter((event) => carries(event, query));
  const told = (event: WorldEvent) => itemsFor(event, wish, { ...place, timeZone }, faults.terseSeries);
  const itemsOf = faults.lasting('repeat-items').length > 0 ? repeated(told) : told;
  const { items, next } =
    query.get('orderBy') === 'startTime'
      ? sorted(events.flatMap(itemsOf), at.index, largest)
      : cutPage(events, itemsOf, at, largest, faults.emptyPages);
  const { id, generation, revision } = calendar;
  return json(200, {
    kind: 'calendar#events',
    etag: `"p3${String(revision).padStart(15, '0')}"`,
    summary: calendar.name,
    description: '',
    updated: formatInstant(Math.max(0, ...events.map((event) => event.updated))),
    timeZone,
    accessRole: calendar.writable ? 'owner' : 'reader',
    defaultReminders: [],
    ...(next
      ? { nextPageToken: cursors.seal({ calendar: id, generation, round, place: next }) }
      : query.has('orderBy')
        ? {}
        : { nextSyncToken: cursors.seal({ calendar: id, generation, revision, asked }) }),
    items,
  });
}

/** Revision that the round begins behind; null: a full round. */
function sinceOf(
  query: URLSearchParams,
  cursors: Cursors,
  calendar: Place['calendar'],
  asked: string,
): number | null {
  const text = query.get('syncToken');
  if (text === null) return null;
  const forbidden = FORBIDDEN.find((name) => query.has(name));
  if (forbidden) throw badRequest(`Sync token cannot be used with other query restrictions: ${forbidden}.`);
  if (query.get('showDeleted') === 'false')
    throw badRequest('showDeleted cannot be false beside a sync token.');
  const sync = cursors.open(text, syncSchema);
  if (!sync || sync.calendar !== calendar.id) throw invalid('syncToken');
  if (sync.generation !== calendar.generation) throw cursorGone();
  if (sync.asked !== asked)
    throw badRequest('The parameters differ from those that the sync token was given for.');
  return sync.revision;
}

function wishOf(query: URLSearchParams, since: number | null): Wish {
  const bound = (name: string, none: number) => {
    const text = query.get(name);
    if (text === null) return none;
    const at = Date.parse(text);
    if (Number.isNaN(at) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text)) throw badRequest('Bad Request');
    return at;
  };
  const [from, to] = [bound('timeMin', -Infinity), bound('timeMax', Infinity)];
  if (to <= from) {
    throw refusal(400, 'timeRangeEmpty', 'The specified time range is empty.', {
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

function itemsFor(event: WorldEvent, wish: Wish, place: Place, terse: boolean): Json[] {
  const instances = instancesOf(event);
  const gone = event.deleted || event.status === 'cancelled';
  if (gone && !wish.showDeleted) return [];
  const within = (instance: Instance) => wish.incremental || overlaps(instance, wish.from, wish.to);
  if (!event.series) {
    const single = instances.filter(within).map((each) => (gone ? tombstone(event) : eventForm(each, place)));
    return wish.singleEvents ? [...single, ...retiredInstances(event, wish, instances[0], place)] : single;
  }
  if (gone && terse && wish.incremental) return [tombstone(event)];
  const form = (each: Instance) => (each.cancelled ? cancelledInstance(each, place) : eventForm(each, place));
  if (wish.singleEvents) {
    const shown = instances.filter((each) => within(each) && (wish.showDeleted || !each.cancelled)).map(form);
    return [...shown, ...retiredInstances(event, wish, instances[0], place)];
  }
  if (!instances.some(within)) return [];
  if (gone) return [tombstone(event)];
  const [first] = instances;
  const exceptions = instances.filter((each) => each.exception);
  return [
    ...(first ? [eventForm({ ...first, start: event.start, end: event.end }, place, true)] : []),
    ...exceptions.map(form),
  ];
}

/** Every `privateExtendedProperty`, as in `name=value`. */
function carries(event: WorldEvent, query: URLSearchParams): boolean {
  const { private: own = {} } = (event.extra.extendedProperties ?? {}) as {
    private?: Record<string, string>;
  };
  return query.getAll('privateExtendedProperty').every((wanted) => {
    const [name = '', ...value] = wanted.split('=');
    return own[name] === value.join('=');
  });
}

/** Instances that the series gave up since the last round; a full round never knew them. */
function retiredInstances(event: WorldEvent, wish: Wish, model: Instance | undefined, place: Place): Json[] {
  if (!wish.incremental || !model) return [];
  return [...event.retired]
    .filter(([, revision]) => revision > wish.since)
    .map(([originalStart]) => cancelledInstance({ ...model, originalStart, start: originalStart }, place));
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

/** `maxResults` */
export function size(query: URLSearchParams, usual: number, most: number): number {
  const text = query.get('maxResults');
  if (text === null) return usual;
  const wished = Number(text);
  if (!Number.isInteger(wished) || wished < 1) throw invalid('maxResults');
  return Math.min(wished, most);
}
