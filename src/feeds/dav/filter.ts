/** Filters of calendar-query (RFC 4791 §9.7) over flat events. Unsupported filters are refused, not approximated. */
import type { Element } from '@xmldom/xmldom';
import type { FeedItem } from '../item.ts';
import { davError } from './response.ts';
import { overlapsRange, timeRangeOf } from './time-range.ts';
import { caldav, childOf, childrenOf, isNamed, textContentOf } from './xml.ts';

export type ItemFilter = (item: FeedItem) => boolean;

const ALL: ItemFilter = () => true;
const NONE: ItemFilter = () => false;
const allOf =
  (filters: readonly ItemFilter[]): ItemFilter =>
  (item) =>
    filters.every((filter) => filter(item));

/** Most elements of a filter, each of which is tried on every item: clients send three or four. */
const PARTS_MAX = 100;

/** The filter of a calendar-query; without one all items match. @throws DavError 403, 400 for too many parts */
export function filterOf(query: Element): ItemFilter {
  const filter = childOf(query, caldav('filter'));
  const calendar = filter && childOf(filter, caldav('comp-filter'));
  if (!calendar) return ALL;
  if (calendar.getElementsByTagName('*').length > PARTS_MAX) throw davError(400);
  if (upperAttribute(calendar, 'name') !== 'VCALENDAR') throw davError(403, caldav('valid-filter'));
  if (childOf(calendar, caldav('is-not-defined'))) return NONE;
  return allOf(
    childrenOf(calendar).map((part) => {
      if (isNamed(part, caldav('comp-filter'))) return componentFilter(part, 'VEVENT', eventPartFilter);
      if (isNamed(part, caldav('time-range'))) return timeRangeFilter(part);
      throw unsupported();
    }),
  );
}

/** @param present the one component that every item has; null: none */
function componentFilter(
  filter: Element,
  present: string | null,
  inside: (part: Element) => ItemFilter,
): ItemFilter {
  const absent = childOf(filter, caldav('is-not-defined')) !== null;
  const isPresent = upperAttribute(filter, 'name') === present;
  if (absent || !isPresent) return absent === isPresent ? NONE : ALL;
  return allOf(childrenOf(filter).map(inside));
}

function eventPartFilter(part: Element): ItemFilter {
  if (isNamed(part, caldav('time-range'))) return timeRangeFilter(part);
  if (isNamed(part, caldav('prop-filter'))) return propertyFilter(part);
  // Items have no nested components such as alarms.
  if (isNamed(part, caldav('comp-filter'))) return componentFilter(part, null, eventPartFilter);
  throw unsupported();
}

function timeRangeFilter(part: Element): ItemFilter {
  const range = timeRangeOf(part);
  return ({ event }) => overlapsRange(event, range);
}

/** Raw value of an item's property; null when there is none. */
const propertyValue = ({ text }: FeedItem, name: string): string | null => {
  const unfolded = text.replaceAll('\r\n ', '');
  const line = unfolded.split('\r\n').find((each) => each.split(/[:;]/, 1)[0] === name);
  return line === undefined ? null : line.slice(line.indexOf(':') + 1).replace(/\\(.)/g, '$1');
};

function propertyFilter(filter: Element): ItemFilter {
  const name = upperAttribute(filter, 'name');
  const tests = childrenOf(filter).map((part): ((value: string | null) => boolean) => {
    if (isNamed(part, caldav('is-not-defined'))) return (value) => value === null;
    if (isNamed(part, caldav('text-match'))) return textMatch(part);
    throw unsupported();
  });
  if (tests.length === 0) return (item) => propertyValue(item, name) !== null;
  return (item) => tests.every((test) => test(propertyValue(item, name)));
}

function textMatch(part: Element): (value: string | null) => boolean {
  const collation = part.getAttribute('collation') || 'i;ascii-casemap';
  const fold = COLLATIONS[collation];
  if (!fold) throw davError(403, caldav('supported-collation'));
  const expected = fold(textContentOf(part));
  const negated = part.getAttribute('negate-condition') === 'yes';
  return (value) => value !== null && fold(value).includes(expected) !== negated;
}

const COLLATIONS: Record<string, (text: string) => string> = {
  'i;octet': (text) => text,
  'i;ascii-casemap': (text) => text.replace(/[a-z]/g, (char) => char.toUpperCase()),
  'i;unicode-casemap': (text) => text.toUpperCase(),
};

const upperAttribute = (element: Element, attribute: string) =>
  element.getAttribute(attribute)?.toUpperCase() ?? '';

const unsupported = () => davError(403, caldav('supported-filter'));
