/** WebDAV properties of each resource. All of them are protected. */

import type { FeedWithHost } from '../../store/outbound/feeds.ts';
import type { FeedSnapshot } from '../combined-calendar.ts';
import { feedName, itemCalendar } from '../item.ts';
import { type DavResource, hrefOf } from './resource.ts';
import { caldav, dav, element, escapeXml, NS, type XmlName } from './xml.ts';

export interface DavProperty {
  name: XmlName;
  /** Whether allprop includes it (RFC 4918 §9.1). */
  inAllprop: boolean;
  /** The property's content as XML. */
  value: () => string;
}

/** The feed from which a resource's properties are made. */
export interface DavSubject {
  feed: FeedWithHost;
  /** Present for a calendar and its items. */
  snapshot: FeedSnapshot | null;
}

export const REPORTS = [
  caldav('calendar-query'),
  caldav('calendar-multiget'),
  caldav('free-busy-query'),
  dav('sync-collection'),
];

/** Largest object that is served, in bytes: events are a few lines long. */
const MAX_OBJECT_BYTES = 100_000;

export const httpDate = (at: number) => new Date(at).toUTCString();

const property = (name: XmlName, value: () => string, inAllprop = false): DavProperty => ({
  name,
  value,
  inAllprop,
});
const cs = (local: string): XmlName => ({ ns: NS.CS, local });
const apple = (local: string): XmlName => ({ ns: NS.A, local });

/** Null for an item that doesn't exist. */
export function propertiesOf(resource: DavResource, subject: DavSubject): DavProperty[] | null {
  const { feed } = subject;
  const href = (type: 'principal' | 'principals' | 'home') =>
    element(dav('href'), escapeXml(hrefOf({ type }, feed.host.slug)));
  const properties: DavProperty[] = [
    property(dav('current-user-principal'), () => href('principal')),
    property(dav('principal-URL'), () => href('principal')),
    property(dav('principal-collection-set'), () => href('principals')),
    property(dav('owner'), () => href('principal')),
    property(dav('current-user-privilege-set'), () => PRIVILEGES),
  ];
  if (resource.type === 'item') {
    const item = subject.snapshot?.items.find(({ id }) => id === resource.id);
    return item
      ? [
          ...properties,
          property(dav('resourcetype'), () => '', true),
          property(dav('getetag'), () => escapeXml(item.etag), true),
          property(dav('getcontenttype'), () => ITEM_TYPE, true),
          property(dav('getcontentlength'), () => String(Buffer.byteLength(itemCalendar(item))), true),
          property(dav('getlastmodified'), () => httpDate(item.event.stamp), true),
          property(caldav('calendar-data'), () => escapeXml(itemCalendar(item))),
        ]
      : null;
  }
  properties.push(
    property(dav('resourcetype'), () => RESOURCE_TYPES[resource.type] ?? COLLECTION, true),
    property(dav('displayname'), () => escapeXml(displayNameOf(resource, feed)), true),
    property(dav('supported-report-set'), () => (resource.type === 'calendar' ? SUPPORTED_REPORTS : '')),
  );
  // Some clients request the principal's properties at the root or the home.
  if (resource.type !== 'calendar') {
    properties.push(
      property(caldav('calendar-home-set'), () => href('home')),
      property(caldav('calendar-user-address-set'), () =>
        feed.host.email
          ? element(dav('href'), escapeXml(`mailto:${encodeURI(feed.host.email)}`))
          : href('principal'),
      ),
    );
  }
  return resource.type === 'calendar' ? [...properties, ...calendarProperties(subject)] : properties;
}

function calendarProperties({ snapshot, feed }: DavSubject): DavProperty[] {
  if (!snapshot) throw new Error('a calendar has a snapshot');
  return [
    property(dav('sync-token'), () => escapeXml(snapshot.token)),
    property(cs('getctag'), () => escapeXml(snapshot.token)),
    property(dav('getlastmodified'), () => httpDate(snapshot.changedAt), true),
    property(caldav('supported-calendar-component-set'), () => '<C:comp name="VEVENT"/>'),
    property(
      caldav('supported-calendar-data'),
      () => '<C:calendar-data content-type="text/calendar" version="2.0"/>',
    ),
    property(caldav('calendar-description'), () => escapeXml(`When ${feed.host.name} is busy`)),
    property(caldav('max-resource-size'), () => String(MAX_OBJECT_BYTES)),
    property(caldav('schedule-calendar-transp'), () => '<C:opaque/>'),
    property(apple('calendar-color'), () => '#4A6FA5FF'),
    property(apple('calendar-order'), () => '1'),
  ];
}

export const ITEM_TYPE = 'text/calendar; charset=utf-8; component=vevent';

const COLLECTION = element(dav('collection'));
const RESOURCE_TYPES: Partial<Record<DavResource['type'], string>> = {
  principal: COLLECTION + element(dav('principal')),
  calendar: COLLECTION + element(caldav('calendar')),
};

const PRIVILEGES = [dav('read'), dav('read-current-user-privilege-set'), caldav('read-free-busy')]
  .map((privilege) => element(dav('privilege'), element(privilege)))
  .join('');

const SUPPORTED_REPORTS = REPORTS.map((report) =>
  element(dav('supported-report'), element(dav('report'), element(report))),
).join('');

function displayNameOf({ type }: DavResource, feed: FeedWithHost): string {
  if (type === 'calendar') return feedName(feed);
  return type === 'principal' || type === 'home' ? feed.host.name : 'Slotwire';
}
