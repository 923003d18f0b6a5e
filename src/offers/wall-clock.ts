/** Instants in English, as the wall clock of a zone shows them. */
import type { Instant } from '../time/clock.ts';

const parts = (timeZone: string, options: Intl.DateTimeFormatOptions, at: Instant) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(at);

const timeIn = (timeZone: string, at: Instant) =>
  parts(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at);

const dayIn = (timeZone: string, at: Instant) =>
  parts(timeZone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, at).replace(',', '');

/** "10:00 on Tuesday 24 November 2026 (Europe/Berlin)" */
export const whenIn = (timeZone: string, at: Instant) =>
  `${timeIn(timeZone, at)} on ${dayIn(timeZone, at)} (${timeZone})`;

/** "10:00 to 11:00 on Tuesday 24 November 2026 (Europe/Berlin)" */
export function spanIn(timeZone: string, from: Instant, to: Instant): string {
  const [begin, end] = [dayIn(timeZone, from), dayIn(timeZone, to)];
  return begin === end
    ? `${timeIn(timeZone, from)} to ${whenIn(timeZone, to)}`
    : `${timeIn(timeZone, from)} on ${begin} to ${whenIn(timeZone, to)}`;
}
