/** The identity of a CalDAV account, and the calendars in its calendar homes. */
import { plainZoneName } from '../../ical/read/zone-name.ts';
import { decodePercent } from '../../percent.ts';
import { ianaName, namesRegion, zoneAtEnd } from '../../time/zone-names.ts';
import { type Identity, ProviderError, type RemoteCalendar } from '../port.ts';
import type { DavSession } from './client.ts';
import { type DiscoveredAccount, type DnsServices, discover } from './discovery.ts';
import { normaliseHref, sameResource } from './hrefs.ts';
import type { MultistatusResponse } from './multistatus.ts';
import { mayReceivePassword } from './origins.ts';
import { hasChild, hrefsOf, isEmailAddress } from './principal.ts';
import { type Resources, readResource, readResources } from './requests.ts';
import { CALDAV, children, DAV, elementText, hasName, NEXTCLOUD } from './xml.ts';

export async function identify(dav: DavSession, services: DnsServices): Promise<Identity> {
  const { subject, addresses } = await discover(dav, services);
  return { subject, email: addresses.find(isEmailAddress) ?? null };
}

const PROPERTIES = [
  'D:resourcetype',
  'D:displayname',
  'C:supported-calendar-component-set',
  'C:calendar-timezone',
  'C:calendar-timezone-id',
];

export async function listCalendars(dav: DavSession, services: DnsServices): Promise<RemoteCalendar[]> {
  const found = await discover(dav, services);
  const serverUrl = await dav.serverUrl();
  const calendars = new Map<string, RemoteCalendar>();
  for (const { url, responses } of await readCollections(dav, found)) {
    for (const response of responses) {
      const externalId = normaliseHref(response.href, url);
      if (externalId === null || !holdsEvents(response)) continue;
      if (!mayReceivePassword(serverUrl, new URL(externalId))) continue;
      if (!calendars.has(externalId)) calendars.set(externalId, remoteCalendar(externalId, response));
    }
  }
  const all = [...calendars.values()];
  const primary = await findPrimary(dav, found, all);
  return all.map((calendar) => ({ ...calendar, primary: calendar === primary }));
}

/** A home that can't be read fails the whole list: otherwise its calendars would count as removed. */
async function readCollections(
  dav: DavSession,
  { homes, calendar }: DiscoveredAccount,
): Promise<Resources[]> {
  const lists: Resources[] = [];
  for (const url of homes) lists.push(await readResources(dav, { url, depth: '1', properties: PROPERTIES }));
  if (calendar !== null)
    lists.push(await readResources(dav, { url: calendar, depth: '0', properties: PROPERTIES }));
  return lists;
}

/**
 * Task lists and calendars in a trash bin are left out. A calendar that doesn't declare its components may hold events.
 */
function holdsEvents(response: MultistatusResponse): boolean {
  const type = response.prop(DAV, 'resourcetype');
  if (!hasChild(type, CALDAV, 'calendar') || hasChild(type, NEXTCLOUD, 'deleted-calendar')) return false;
  const components = [...children(response.prop(CALDAV, 'supported-calendar-component-set'))]
    .filter((element) => hasName(element, CALDAV, 'comp'))
    .map((element) => element.getAttribute('name')?.toUpperCase());
  return components.length === 0 || components.includes('VEVENT');
}

function remoteCalendar(externalId: string, response: MultistatusResponse): RemoteCalendar {
  return {
    externalId,
    name: elementText(response.prop(DAV, 'displayname')) || lastSegment(externalId),
    timeZone: zoneOfCalendar(response),
    primary: false,
    writable: false,
    watchable: false,
  };
}

/** The calendar's own zone (IANA); null when the server names none that is known. */
export const zoneOfCalendar = (response: MultistatusResponse | undefined): string | null =>
  parseCalendarZone(
    elementText(response?.prop(CALDAV, 'calendar-timezone-id')),
    elementText(response?.prop(CALDAV, 'calendar-timezone')),
  );

/**
 * A zone as servers write it: a name (RFC 7809), or an iCalendar object with one VTIMEZONE (RFC 4791 §5.2.2).
 * @returns the IANA name; null when neither names a zone that is known.
 */
export function parseCalendarZone(name: string, icalendar: string): string | null {
  const tzidLines = /^(?:TZID|X-LIC-LOCATION)(?:;[^:\r\n]*)?:(.*)$/gim;
  const lines = icalendar.replace(/\r?\n[ \t]/g, '');
  const names = [name, ...[...lines.matchAll(tzidLines)].map(([, value = '']) => value)].map(plainZoneName);
  const hasSummerTime = /^BEGIN:DAYLIGHT\s*$/im.test(lines);
  // A region says what is meant by whatever name the object has beside it.
  for (const plain of [...names.filter(namesRegion), ...names]) {
    const zone = ianaName(plain) ?? zoneAtEnd(plain);
    if (zone && !(hasSummerTime && WITHOUT_SUMMER_TIME.test(zone))) return zone;
  }
  return null;
}

/** IANA's zones without a region that never change their clocks: an object that defines summer time means another. */
const WITHOUT_SUMMER_TIME = /^(?:EST|MST|HST|GMT|UTC|Etc\/.+)$/i;

const lastSegment = (url: string) =>
  decodePercent(new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? url);

/** The calendar whose address the host typed, else the server's default calendar (RFC 6638 §9.2), else the first. */
async function findPrimary(
  dav: DavSession,
  { calendar, inbox }: DiscoveredAccount,
  all: readonly RemoteCalendar[],
): Promise<RemoteCalendar | undefined> {
  const byUrl = (url: string | null) =>
    url === null ? undefined : all.find(({ externalId }) => sameResource(externalId, url));
  return byUrl(calendar) ?? byUrl(await defaultCalendar(dav, inbox)) ?? all[0];
}

async function defaultCalendar(dav: DavSession, inbox: string | null): Promise<string | null> {
  if (inbox === null) return null;
  try {
    const { url, self } = await readResource(dav, inbox, ['C:schedule-default-calendar-URL']);
    return hrefsOf(self?.prop(CALDAV, 'schedule-default-calendar-URL'), url)[0] ?? null;
  } catch (error) {
    // Many servers have an inbox that can't be read. The first calendar is then as good a choice as any.
    if (error instanceof ProviderError && (error.reason === 'rejected' || error.status !== null)) return null;
    throw error;
  }
}
