/** When a message that was not taken is sent again: the schedule of Standard Webhooks. */
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

/** After the first try, the second, and so on; then it has failed. */
export const PAUSES = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Pauses are up to a tenth longer, so that what failed together does not come again together. */
const JITTER = 0.1;
const LONGEST_WISH = DAY;

/**
 * @param tries so far
 * @param wish what the receiver asked for by Retry-After, in milliseconds: at least that, up to a day
 * @returns null when it was the last one
 */
export function nextTryAt(tries: number, wish: number | null, now: Instant): Instant | null {
  const pause = PAUSES[tries - 1];
  if (pause === undefined) return null;
  const jittered = pause * (1 + JITTER * Math.random());
  return now + Math.ceil(Math.max(jittered, Math.min(wish ?? 0, LONGEST_WISH)));
}

/** Retry-After (RFC 9110 §10.2.3), seconds or a date. @returns milliseconds, or null when nothing can be read. */
export function wishOf(headers: Headers, now: Instant): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * SECOND;
  const until = /^\w{3},/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(until) ? null : Math.max(0, until - now);
}
