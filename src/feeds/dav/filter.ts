/** Filters of calendar-query (RFC 4791 §9.7) over flat events. What we can't judge is refused, not guessed. */
import type { Element } from '@xmldom/xmldom';
import type { Item } from '../item.ts';
import { refusal } from './answer.ts';
import { overlaps, timeRangeOf } from './time-range.ts';
import { caldav, childOf, childrenOf, isNamed, textOf } from './xml.ts';

export type Filter = (item: Item) => boolean;

const ALL: Filter = () => true;
const NONE: Filter = () => false;
const every =
  (filters: readonly Filter[]): Filter =>
  (item) =>
    filters.every((filter) => filter(item));

/** Of a calendar-query; without a filter all items match. @throws DavRefusal 403 */
export function filterOf(query: Element): Filter {
  const filter = childOf(query, caldav('filter'));
  const calendar = filter && childOf(filter, caldav('comp-filter'));
  if (!calendar) return ALL;
  if (upper(calendar, 'name') !== 'VCALENDAR') throw refusal(403, caldav('valid-filter'));
  if (childOf(calendar, caldav('is-not-defined'))) return NONE;
  return every(
    childrenOf(calendar).map((part) => {
      if (isNamed(part, caldav('comp-filter'))) return ofComponent(part, 'VEVENT', inEvent);
      if (isNamed(part, caldav('time-range'))) return inRange(part);
      throw unsupported();
    }),
  );
}

/** @param present the component that every item has one of, none of another */
function ofComponent(filter: Element, present: string | null, inside: (part: Element) => Filter): Filter {
  const absent = childOf(filter, caldav('is-not-defined')) !== null;
  const isPresent = upper(filter, 'name') === present;
  if (absent || !isPresent) return absent === isPresent ? NONE : ALL;
  return every(childrenOf(filter).map(inside));
}

function inEvent(part: Element): Filter {
  if (isNamed(part, caldav('time-range'))) return inRange(part);
  if (isNamed(part, caldav('prop-filter'))) return ofProperty(part);
  // Alarms, say: there are none.
  if (isNamed(part, caldav('comp-filter'))) return ofComponent(part, null, inEvent);
  throw unsupported();
}

function inRange(part: Element): Filter {
  const range = timeRangeOf(part);
  return ({ event }) => overlaps(event, range);
}

/** The value of a property as it is written, null where there is none. */
const lineOf = ({ text }: Item, name: string): string | null => {
  const unfolded = text.replaceAll('\r\n ', '');
  const line = unfolded.split('\r\n').find((each) => each.split(/[:;]/, 1)[0] === name);
  return line === undefined ? null : line.slice(line.indexOf(':') + 1).replace(/\\(.)/g, '$1');
};

function ofProperty(filter: Element): Filter {
  const name = upper(filter, 'name');
  const tests = childrenOf(filter).map((part): ((value: string | null) => boolean) => {
    if (isNamed(part, caldav('is-not-defined'))) return (value) => value === null;
    if (isNamed(part, caldav('text-match'))) return matching(part);
    throw unsupported();
  });
  if (tests.length === 0) return (item) => lineOf(item, name) !== null;
  return (item) => tests.every((test) => test(lineOf(item, name)));
}

function matching(part: Element): (value: string | null) => boolean {
  const collation = part.getAttribute('collation') || 'i;ascii-casemap';
  const fold = FOLDS[collation];
  if (!fold) throw refusal(403, caldav('supported-collation'));
  const wanted = fold(textOf(part));
  const negated = part.getAttribute('negate-condition') === 'yes';
  return (value) => value !== null && fold(value).includes(wanted) !== negated;
}

const FOLDS: Record<string, (text: string) => string> = {
  'i;octet': (text) => text,
  'i;ascii-casemap': (text) => text.replace(/[a-z]/g, (char) => char.toUpperCase()),
  'i;unicode-casemap': (text) => text.toUpperCase(),
};

const upper = (element: Element, attribute: string) => element.getAttribute(attribute)?.toUpperCase() ?? '';

const unsupported = () => refusal(403, caldav('supported-filter'));
