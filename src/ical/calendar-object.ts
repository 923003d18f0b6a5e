/** What every iCalendar object that we write has in common (RFC 5545): its head, and its lines. */
import ICAL from 'ical.js';
import type { Instant } from '../time/clock.ts';

// 75 octets to a line (§3.1): ical.js doesn't count the space that a continuation begins with.
ICAL.foldLength = 74;

const PRODUCT = '-//Slotwire//Slotwire//EN';

/** An empty VCALENDAR. @param method of RFC 5546, for an object that is sent to somebody. */
export function createCalendarObject(method?: string): ICAL.Component {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', PRODUCT);
  calendar.addPropertyWithValue('calscale', 'GREGORIAN');
  if (method) calendar.addPropertyWithValue('method', method);
  return calendar;
}

/** Its text: escaped, folded, each line ended by CRLF. */
export const serialiseCalendar = (calendar: ICAL.Component): string => `${calendar.toString()}\r\n`;

/** An instant in UTC; iCalendar knows whole seconds. */
export const utcTime = (at: Instant): ICAL.Time => ICAL.Time.fromJSDate(new Date(at), true);

/** Line breaks as \n, and no other control characters: a reader might take them for the end of a line (§3.3.11). */
export const withoutControls = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/(?![\t\n])\p{Cc}/gu, '');

/** The same on one line, as parameters and summaries want it. */
export const oneLine = (text: string): string => withoutControls(text).replace(/\s+/g, ' ').trim();
