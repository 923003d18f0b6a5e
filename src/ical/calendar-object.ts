/** Shared by all iCalendar objects that Slotwire writes with ical.js (RFC 5545). */
import ICAL from 'ical.js';
import type { Instant } from '../time/clock.ts';

// A line has at most 75 octets (§3.1); ical.js doesn't count the leading space of a continuation.
ICAL.foldLength = 74;

const PRODUCT = '-//Slotwire//Slotwire//EN';

/** An empty VCALENDAR. @param method of RFC 5546, for an object that is sent to somebody */
export function createCalendarObject(method?: string): ICAL.Component {
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', PRODUCT);
  calendar.addPropertyWithValue('calscale', 'GREGORIAN');
  if (method) calendar.addPropertyWithValue('method', method);
  return calendar;
}

/** The object's text: escaped and folded; every line ends in CRLF. */
export const serialiseCalendar = (calendar: ICAL.Component): string => `${calendar.toString()}\r\n`;

/** An instant in UTC, in whole seconds. */
export const utcTime = (at: Instant): ICAL.Time => ICAL.Time.fromJSDate(new Date(at), true);

/**
 * Line breaks become \n, other control characters are removed: readers might take them for the end of a line (§3.3.11).
 */
export const withoutControls = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/(?![\t\n])\p{Cc}/gu, '');

/** The same on one line, for parameters and summaries. */
export const oneLine = (text: string): string => withoutControls(text).replace(/\s+/g, ' ').trim();
