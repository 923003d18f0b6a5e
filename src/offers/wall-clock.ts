/** Instants in English, as the wall clock of a zone shows them. */
import type { Instant } from '../time/clock.ts';

const format = (timeZone: string, options: Intl.DateTimeFormatOptions, at: Instant) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(at);

const formatTime = (timeZone: string, at: Instant) =>
  format(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at);

const formatDay = (timeZone: string, at: Instant) =>
  format(timeZone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, at).replace(',', '');

/** "10:00 on Tuesday 24 November 2026 (Europe/Berlin)" */
export const formatWallClock = (timeZone: string, at: Instant) =>
  `${formatTime(timeZone, at)} on ${formatDay(timeZone, at)} (${timeZone})`;

/** "10:00 to 11:00 on Tuesday 24 November 2026 (Europe/Berlin)" */
export function formatSpan(timeZone: string, from: Instant, to: Instant): string {
  const [begin, end] = [formatDay(timeZone, from), formatDay(timeZone, to)];
  return begin === end
    ? `${formatTime(timeZone, from)} to ${formatWallClock(timeZone, to)}`
    : `${formatTime(timeZone, from)} on ${begin} to ${formatWallClock(timeZone, to)}`;
}
