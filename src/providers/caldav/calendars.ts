/** Whose account it is, and the calendars in its homes. */
import { type Identity, ProviderError, type RemoteCalendar } from '../port.ts';
import type { DavSession } from './client.ts';
import { discover, type Found, type Services } from './discovery.ts';
import { normalised, sameResource } from './hrefs.ts';
import type { DavResponse } from './multistatus.ts';
import { mayHavePassword } from './origins.ts';
import { hrefsOf, isMail, names } from './principal.ts';
import { type Resources, resource, resources } from './requests.ts';
import { CALDAV, children, DAV, is, NEXTCLOUD, textOf } from './xml.ts';
import { zoneOf } from './zone.ts';

export async function identify(dav: DavSession, services: Services): Promise<Identity> {
  const { subject, addresses } = await discover(dav, services);
  return { subject, email: addresses.find(isMail) ?? null };
}

const PROPERTIES = [
  'D:resourcetype',
  'D:displayname',
  'C:supported-calendar-component-set',
  'C:calendar-timezone',
  'C:calendar-timezone-id',
];

export async function listCalendars(dav: DavSession, services: Services): Promise<RemoteCalendar[]> {
  const found = await discover(dav, services);
  const named = await dav.named();
  const calendars = new Map<string, RemoteCalendar>();
  for (const { url, responses } of await collections(dav, found)) {
    for (const response of responses) {
      const externalId = normalised(response.href, url);
      if (externalId === null || !holdsEvents(response)) continue;
      if (!mayHavePassword(named, new URL(externalId))) continue;
      if (!calendars.has(externalId)) calendars.set(externalId, remoteCalendar(externalId, response));
    }
  }
  const all = [...calendars.values()];
  const primary = await primaryOf(dav, found, all);
  return all.map((calendar) => ({ ...calendar, primary: calendar === primary }));
}

/** A home that can't be read fails the list: its calendars would count as gone. */
async function collections(dav: DavSession, { homes, calendar }: Found): Promise<Resources[]> {
  const lists: Resources[] = [];
  for (const url of homes) lists.push(await resources(dav, { url, depth: '1', properties: PROPERTIES }));
  if (calendar !== null)
    lists.push(await resources(dav, { url: calendar, depth: '0', properties: PROPERTIES }));
  return lists;
}

/** Those for tasks alone, and those in a trash bin, are none. A calendar that doesn't say what it holds may hold events. */
function holdsEvents(response: DavResponse): boolean {
  const type = response.prop(DAV, 'resourcetype');
  if (!names(type, CALDAV, 'calendar') || names(type, NEXTCLOUD, 'deleted-calendar')) return false;
  const components = [...children(response.prop(CALDAV, 'supported-calendar-component-set'))]
    .filter((element) => is(element, CALDAV, 'comp'))
    .map((element) => element.getAttribute('name')?.toUpperCase());
  return components.length === 0 || components.includes('VEVENT');
}

function remoteCalendar(externalId: string, response: DavResponse): RemoteCalendar {
  return {
    externalId,
    name: textOf(response.prop(DAV, 'displayname')) || lastSegment(externalId),
    timeZone: zoneIn(response),
    primary: false,
    writable: false,
    watchable: false,
  };
}

/** The calendar's own zone (IANA), when it tells one that is known. */
export const zoneIn = (response: DavResponse | undefined): string | null =>
  zoneOf(
    textOf(response?.prop(CALDAV, 'calendar-timezone-id')),
    textOf(response?.prop(CALDAV, 'calendar-timezone')),
  );

function lastSegment(url: string): string {
  const segment = new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? url;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The one whose address was typed, the one that the server calls default (RFC 6638 §9.2), or the first. */
async function primaryOf(
  dav: DavSession,
  { calendar, inbox }: Found,
  all: readonly RemoteCalendar[],
): Promise<RemoteCalendar | undefined> {
  const called = (url: string | null) =>
    url === null ? undefined : all.find(({ externalId }) => sameResource(externalId, url));
  return called(calendar) ?? called(await defaultCalendar(dav, inbox)) ?? all[0];
}

async function defaultCalendar(dav: DavSession, inbox: string | null): Promise<string | null> {
  if (inbox === null) return null;
  try {
    const { url, self } = await resource(dav, inbox, ['C:schedule-default-calendar-URL']);
    return hrefsOf(self?.prop(CALDAV, 'schedule-default-calendar-URL'), url)[0] ?? null;
  } catch (error) {
    // Many have an inbox that can't be read: then the first calendar is as good as any.
    if (error instanceof ProviderError && (error.reason === 'rejected' || error.status !== null)) return null;
    throw error;
  }
}
