/** The calendar's four reports: calendar-query, calendar-multiget, sync-collection and free-busy-query. */
import type { Element } from '@xmldom/xmldom';
import { clipBusy, mergeBusy } from '../../availability/period.ts';
import { formatFreeBusy } from '../../ical/busy.ts';
import type { CombinedCalendar, FeedSnapshot } from '../combined-calendar.ts';
import type { FeedItem } from '../item.ts';
import { filterOf } from './filter.ts';
import { type DavSubject, propertiesOf } from './properties.ts';
import { parsePropertyQuery, propertyResponse } from './property-query.ts';
import { type DavResource, hrefOf, pathOfHref, resourceAt } from './resource.ts';
import { type DavServerResponse, davError, multistatus, statusResponse } from './response.ts';
import { timeRangeOf } from './time-range.ts';
import { caldav, childOf, childrenOf, dav, isNamed, textContentOf } from './xml.ts';

export interface ReportContext {
  combined: CombinedCalendar;
  subject: DavSubject & { snapshot: FeedSnapshot };
  minimal: boolean;
}

/** Runs a report on the calendar; no other resource has reports. @throws DavError */
export async function report(body: Element, deps: ReportContext): Promise<DavServerResponse> {
  if (isNamed(body, caldav('calendar-query'))) return calendarQuery(body, deps);
  if (isNamed(body, caldav('calendar-multiget'))) return calendarMultiget(body, deps);
  if (isNamed(body, caldav('free-busy-query'))) return freeBusyQuery(body, deps);
  if (isNamed(body, dav('sync-collection'))) return syncCollection(body, deps);
  throw davError(403, dav('supported-report'));
}

function calendarQuery(body: Element, deps: ReportContext): DavServerResponse {
  const matches = filterOf(body);
  return multistatus(itemResponses(deps.subject.snapshot.items.filter(matches), body, deps));
}

function* itemResponses(
  items: readonly FeedItem[],
  body: Element,
  { subject, minimal }: ReportContext,
): Generator<string> {
  const query = parsePropertyQuery(body);
  for (const item of items) {
    const resource: DavResource = { type: 'item', id: item.id };
    // A snapshot of this item alone: searching all items for each of thousands would be slow.
    const properties = propertiesOf(resource, {
      ...subject,
      snapshot: { ...subject.snapshot, items: [item] },
    });
    yield propertyResponse(hrefOf(resource, subject.feed.host.slug), properties ?? [], query, { minimal });
  }
}

function calendarMultiget(body: Element, deps: ReportContext): DavServerResponse {
  const { snapshot, feed } = deps.subject;
  const byId = new Map(snapshot.items.map((item) => [item.id, item]));
  const found = new Map<string, FeedItem>();
  const missing = new Set<string>();
  for (const element of childrenOf(body).filter((child) => isNamed(child, dav('href')))) {
    const href = textContentOf(element);
    const resource = resourceAt(pathOfHref(href), feed.host.slug);
    const item = resource?.type === 'item' ? byId.get(resource.id) : undefined;
    if (item) found.set(item.id, item);
    else missing.add(href);
  }
  function* responses() {
    yield* itemResponses([...found.values()], body, deps);
    for (const href of missing) yield statusResponse(href, 404);
  }
  return multistatus(responses());
}

async function syncCollection(body: Element, deps: ReportContext): Promise<DavServerResponse> {
  const { combined, subject } = deps;
  const { slug } = subject.feed.host;
  const level = textContentOf(childOf(body, dav('sync-level')));
  if (level !== '' && level !== '1') throw davError(403, dav('sync-traversal-supported'));
  const limit = childOf(body, dav('limit'));
  const maxResults = Number(limit && textContentOf(childOf(limit, dav('nresults'))));
  const changes = await combined.changes(
    subject.feed,
    subject.snapshot,
    textContentOf(childOf(body, dav('sync-token'))) || null,
    Number.isSafeInteger(maxResults) && maxResults > 0 ? maxResults : null,
  );
  if (!changes) throw davError(403, dav('valid-sync-token'));
  const { changed, removed, hasMore, token } = changes;
  function* parts() {
    yield* itemResponses(changed, body, deps);
    for (const id of removed) yield statusResponse(hrefOf({ type: 'item', id }, slug), 404);
    if (hasMore)
      yield statusResponse(hrefOf({ type: 'calendar' }, slug), 507, dav('number-of-matches-within-limits'));
    yield `<D:sync-token>${token}</D:sync-token>`;
  }
  return multistatus(parts());
}

/** Busy time within the snapshot's window only: outside of it nothing is known, and must not count as free. */
function freeBusyQuery(body: Element, { subject: { feed, snapshot } }: ReportContext): DavServerResponse {
  const element = childOf(body, caldav('time-range'));
  if (!element) throw davError(400);
  const range = timeRangeOf(element);
  const from = Math.min(Math.max(range.from, snapshot.window.from), snapshot.window.to);
  const to = Math.max(Math.min(range.to, snapshot.window.to), from);
  const busy = clipBusy(mergeBusy(snapshot.items.map(({ event }) => event)), from, to);
  const head = { uid: `${feed.id}@slotwire`, stamp: snapshot.changedAt, from, to };
  return {
    status: 200,
    headers: { 'content-type': 'text/calendar; charset=utf-8; component=vfreebusy' },
    body: formatFreeBusy(busy, head),
  };
}
