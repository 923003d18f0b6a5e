/** The four reports of the calendar: by filter, by name, by what changed, and merged busy time. */
import type { Element } from '@xmldom/xmldom';
import { clipBusy, mergeBusy } from '../../availability/period.ts';
import { freeBusyObject } from '../../ical/busy.ts';
import type { Combined, Snapshot } from '../combined.ts';
import type { Item } from '../item.ts';
import { type DavAnswer, multistatus, refusal, statusResponse } from './answer.ts';
import { askedBy, tell } from './asked.ts';
import { filterOf } from './filter.ts';
import { propertiesOf, type Subject } from './properties.ts';
import { hrefOf, pathOfHref, type Resource, resourceAt } from './resource.ts';
import { timeRangeOf } from './time-range.ts';
import { caldav, childOf, childrenOf, dav, isNamed, textOf } from './xml.ts';

export interface ReportDeps {
  combined: Combined;
  subject: Subject & { snapshot: Snapshot };
  minimal: boolean;
}

/** Of the calendar: no other resource has reports. @throws DavRefusal */
export async function report(body: Element, deps: ReportDeps): Promise<DavAnswer> {
  if (isNamed(body, caldav('calendar-query'))) return query(body, deps);
  if (isNamed(body, caldav('calendar-multiget'))) return multiget(body, deps);
  if (isNamed(body, caldav('free-busy-query'))) return freeBusy(body, deps);
  if (isNamed(body, dav('sync-collection'))) return sync(body, deps);
  throw refusal(403, dav('supported-report'));
}

function query(body: Element, deps: ReportDeps): DavAnswer {
  const matches = filterOf(body);
  return multistatus(tellItems(deps.subject.snapshot.items.filter(matches), body, deps));
}

function tellItems(items: readonly Item[], body: Element, { subject, minimal }: ReportDeps): string {
  const asked = askedBy(body);
  return items
    .map((item) => {
      const resource: Resource = { type: 'item', id: item.id };
      // Of this item alone: thousands would else be looked for among thousands.
      const properties = propertiesOf(resource, {
        ...subject,
        snapshot: { ...subject.snapshot, items: [item] },
      });
      return tell(hrefOf(resource, subject.feed.host.slug), properties ?? [], asked, { minimal });
    })
    .join('');
}

function multiget(body: Element, deps: ReportDeps): DavAnswer {
  const { snapshot, feed } = deps.subject;
  const byId = new Map(snapshot.items.map((item) => [item.id, item]));
  const found = new Map<string, Item>();
  const missing = new Set<string>();
  for (const element of childrenOf(body).filter((child) => isNamed(child, dav('href')))) {
    const href = textOf(element);
    const resource = resourceAt(pathOfHref(href), feed.host.slug);
    const item = resource?.type === 'item' ? byId.get(resource.id) : undefined;
    if (item) found.set(item.id, item);
    else missing.add(href);
  }
  const untold = [...missing].map((href) => statusResponse(href, 404));
  return multistatus(tellItems([...found.values()], body, deps) + untold.join(''));
}

async function sync(body: Element, deps: ReportDeps): Promise<DavAnswer> {
  const { combined, subject } = deps;
  const { slug } = subject.feed.host;
  const level = textOf(childOf(body, dav('sync-level')));
  if (level !== '' && level !== '1') throw refusal(403, dav('sync-traversal-supported'));
  const limit = childOf(body, dav('limit'));
  const most = Number(limit && textOf(childOf(limit, dav('nresults'))));
  const changes = await combined.changes(
    subject.feed,
    subject.snapshot,
    textOf(childOf(body, dav('sync-token'))) || null,
    Number.isSafeInteger(most) && most > 0 ? most : null,
  );
  if (!changes) throw refusal(403, dav('valid-sync-token'));
  const gone = changes.gone.map((id) => statusResponse(hrefOf({ type: 'item', id }, slug), 404));
  const cut = changes.more
    ? statusResponse(hrefOf({ type: 'calendar' }, slug), 507, dav('number-of-matches-within-limits'))
    : '';
  return multistatus(
    tellItems(changes.changed, body, deps) +
      gone.join('') +
      cut +
      `<D:sync-token>${changes.token}</D:sync-token>`,
  );
}

/** Only what the window covers is told: no time is called free because nobody looked there. */
function freeBusy(body: Element, { subject: { feed, snapshot } }: ReportDeps): DavAnswer {
  const element = childOf(body, caldav('time-range'));
  if (!element) throw refusal(400);
  const asked = timeRangeOf(element);
  const from = Math.min(Math.max(asked.from, snapshot.window.from), snapshot.window.to);
  const to = Math.max(Math.min(asked.to, snapshot.window.to), from);
  const busy = clipBusy(mergeBusy(snapshot.items.map(({ event }) => event)), from, to);
  const head = { uid: `${feed.id}@slotwire`, stamp: snapshot.changedAt, from, to };
  return {
    status: 200,
    headers: { 'content-type': 'text/calendar; charset=utf-8; component=vfreebusy' },
    body: freeBusyObject(busy, head),
  };
}
