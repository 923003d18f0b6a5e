/**
 * Requests as Apple Calendar, DAVx5 and Thunderbird are known to send them: written down from what their sources and their
 * users' logs show. They are replayed, not run: these programs need a screen, a phone or a Mac.
 */
import type { Asking } from './dav-client.fixture.ts';

const NS =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"';
const XML = { 'content-type': 'application/xml; charset=utf-8' };

const tags = (names: string) =>
  names
    .split(' ')
    .map((name) => `<${name}/>`)
    .join('');

const find = (depth: string | null, names: string, headers: Record<string, string> = {}): Asking => ({
  headers: { ...XML, ...(depth === null ? {} : { depth }), ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<D:propfind ${NS}><D:prop>${tags(names)}</D:prop></D:propfind>`,
});

/** @param token empty at first */
const syncs = (
  depth: string,
  names: string,
  token: string,
  headers: Record<string, string> = {},
): Asking => ({
  headers: { ...XML, depth, ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><D:sync-collection ${NS}><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop>${tags(names)}</D:prop></D:sync-collection>`,
});

const multiget = (hrefs: readonly string[], names: string, headers: Record<string, string> = {}): Asking => ({
  headers: { ...XML, ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><C:calendar-multiget ${NS}><D:prop>${tags(names)}</D:prop>${hrefs.map((href) => `<D:href>${href}</D:href>`).join('')}</C:calendar-multiget>`,
});

const since = (start: string, names: string, headers: Record<string, string> = {}): Asking => ({
  headers: { ...XML, depth: '1', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><C:calendar-query ${NS}><D:prop>${tags(names)}</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="${start}"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
});

const sets = (property: string): Asking => ({
  headers: XML,
  body: `<?xml version="1.0" encoding="UTF-8"?><D:propertyupdate ${NS}><D:set><D:prop>${property}</D:prop></D:set></D:propertyupdate>`,
});

/** Says little and wants little said. */
const TERSE = {
  'user-agent': 'macOS/14.6 (23G80) dataaccessd/1.0',
  accept: '*/*',
  brief: 't',
  prefer: 'return=minimal',
};

export const APPLE = {
  wellKnown: find('0', 'D:current-user-principal D:principal-URL D:resourcetype', TERSE),
  principal: find(
    '0',
    'C:calendar-home-set C:calendar-user-address-set D:current-user-principal D:displayname CS:dropbox-home-URL CS:email-address-set CS:notification-URL D:principal-collection-set D:principal-URL D:resource-id C:schedule-inbox-URL C:schedule-outbox-URL D:supported-report-set',
    TERSE,
  ),
  searchable: {
    headers: { ...XML, ...TERSE, depth: '0' },
    body: `<?xml version="1.0" encoding="UTF-8"?><D:principal-search-property-set ${NS}/>`,
  },
  home: find(
    '1',
    'D:add-member CS:allowed-sharing-modes A:autoprovisioned C:default-alarm-vevent-date C:default-alarm-vevent-datetime D:bulk-requests C:calendar-alarm A:calendar-color C:calendar-description C:calendar-free-busy-set A:calendar-order C:calendar-timezone D:current-user-privilege-set D:displayname CS:getctag A:language-code A:location-code D:owner CS:pre-publish-url CS:publish-url CS:push-transports CS:pushkey D:quota-available-bytes D:quota-used-bytes A:refreshrate D:resource-id D:resourcetype C:schedule-calendar-transp C:schedule-default-calendar-URL CS:source C:supported-calendar-component-set C:supported-calendar-component-sets D:supported-report-set D:sync-token CS:subscribed-strip-alarms CS:subscribed-strip-attachments CS:subscribed-strip-todos CS:xmpp-server CS:xmpp-uri',
    TERSE,
  ),
  order: sets('<A:calendar-order>3</A:calendar-order>'),
  color: sets('<A:calendar-color symbolic-color="custom">#44A703FF</A:calendar-color>'),
  alarms: sets(
    '<C:default-alarm-vevent-datetime>BEGIN:VALARM&#13;\nEND:VALARM</C:default-alarm-vevent-datetime>',
  ),
  list: find('1', 'D:getcontenttype D:getetag', TERSE),
  state: find('0', 'CS:getctag D:sync-token', TERSE),
  sync: (token: string) => syncs('1', 'D:getcontenttype D:getetag', token, TERSE),
  since: (start: string) => since(start, 'D:getetag D:getcontenttype', TERSE),
  fetch: (hrefs: readonly string[]) =>
    multiget(hrefs, 'C:calendar-data D:getetag C:schedule-tag CS:created-by CS:updated-by', {
      ...TERSE,
      depth: '1',
    }),
};

const ANDROID = { 'user-agent': 'DAVx5/4.4.3-ose (dav4jvm; okhttp/4.12.0) Android/14' };

export const DAVX5 = {
  given: find(
    '0',
    'D:resourcetype D:displayname A:calendar-color C:calendar-description C:calendar-timezone C:supported-calendar-component-set D:current-user-privilege-set D:owner C:calendar-home-set D:current-user-principal',
    ANDROID,
  ),
  wellKnown: find('0', 'D:current-user-principal', ANDROID),
  addresses: find('0', 'C:calendar-user-address-set C:calendar-home-set D:displayname', ANDROID),
  home: find(
    '1',
    'D:displayname D:resourcetype D:current-user-privilege-set A:calendar-color C:calendar-description C:calendar-timezone D:owner CS:source C:supported-calendar-component-set CS:push-transports',
    ANDROID,
  ),
  state: find('0', 'D:supported-report-set CS:getctag D:sync-token C:max-resource-size', ANDROID),
  past: (start: string) => since(start, 'D:getetag', ANDROID),
  sync: (token: string) => syncs('1', 'D:getetag', token, ANDROID),
  fetch: (hrefs: readonly string[]) =>
    multiget(hrefs, 'D:getcontenttype D:getetag C:schedule-tag C:calendar-data', ANDROID),
};

const GECKO = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.0' };

export const THUNDERBIRD = {
  location: find(
    '0',
    'D:resourcetype D:owner D:displayname D:current-user-principal D:current-user-privilege-set A:calendar-color C:calendar-home-set',
    GECKO,
  ),
  home: find('1', 'D:resourcetype D:displayname D:current-user-privilege-set A:calendar-color', GECKO),
  capabilities: find(
    '0',
    'D:resourcetype D:owner D:current-user-principal D:current-user-privilege-set D:supported-report-set C:supported-calendar-component-set CS:getctag',
    GECKO,
  ),
  sync: (token: string) => syncs('1', 'D:getcontenttype D:getetag', token, GECKO),
  fetch: (hrefs: readonly string[]) => multiget(hrefs, 'D:getetag C:calendar-data', { ...GECKO, depth: '1' }),
  list: find('1', 'D:getcontenttype D:resourcetype D:getetag', GECKO),
};
