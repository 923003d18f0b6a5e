/** The header Retry-After (RFC 9110 §10.2.3), in seconds or as a date. */

/**
 * @param headers of the answer. A date is measured by the answer's own clock, the header Date, where it has one.
 * @param now epoch milliseconds, for answers without it.
 * @returns milliseconds to wait, 0 for a date that has passed; null for a missing or malformed header. The RFC has no
 * fractions of a second, but servers send them.
 */
export function parseRetryAfter(headers: Headers, now: number): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const until = dateOf(text);
  return until === null ? null : Math.max(0, until - (dateOf(headers.get('date') ?? '') ?? now));
}

/** The three forms of an HTTP date begin with the day's name; `Date.parse` would take -5 for one, too. */
function dateOf(text: string): number | null {
  const instant = /^[a-z]{3,9},? /i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}
