/** Time ranges of CalDAV (RFC 4791 §9.9): in UTC, open at either end. */
import type { Element } from '@xmldom/xmldom';
import type { Instant } from '../../time/clock.ts';
import { parseUtcDateTime } from '../../time/instant-text.ts';
import { davError } from './response.ts';
import { caldav } from './xml.ts';

export interface TimeRange {
  from: Instant;
  to: Instant;
}

/** A missing end means infinity. @throws DavError 403 */
export function timeRangeOf(element: Element): TimeRange {
  const [start, end] = [element.getAttribute('start'), element.getAttribute('end')];
  const range = {
    from: start ? instantOf(start) : Number.NEGATIVE_INFINITY,
    to: end ? instantOf(end) : Number.POSITIVE_INFINITY,
  };
  if (range.from < range.to && (start || end)) return range;
  throw davError(403, caldav('valid-filter'));
}

function instantOf(text: string): Instant {
  const at = parseUtcDateTime(text);
  if (at === null) throw davError(403, caldav('valid-filter'));
  return at;
}

/** All items have a duration. */
export const overlapsRange = (item: { start: Instant; end: Instant }, { from, to }: TimeRange) =>
  item.start < to && item.end > from;
