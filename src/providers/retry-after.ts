/** The header Retry-After (RFC 9110 §10.2.3), in seconds or as a date. */
import { SECOND, systemClock } from '../time/clock.ts';

/** Milliseconds to wait; null when the answer doesn't say. A date is measured by the answer's own clock. */
export function retryAfterOf(headers: Headers): number | null {
  const text = headers.get('retry-after')?.trim();
  if (!text) return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * SECOND);
  const until = Date.parse(text);
  if (Number.isNaN(until)) return null;
  const sent = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(sent) ? systemClock.now() : sent));
}
