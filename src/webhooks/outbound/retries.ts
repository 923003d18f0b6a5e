/** When a message that was not taken is sent again: the schedule of Standard Webhooks. */
import { jitterBetween } from '../../async/backoff.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

/** After the first try, the second, and so on; then it has failed. */
export const RETRY_DELAYS = [
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
const MAX_RETRY_AFTER = DAY;

/**
 * @param attempts so far
 * @param retryAfter what the receiver asked for by Retry-After, in milliseconds: at least that, up to a day
 * @returns null when it was the last one
 */
export function nextAttemptAt(attempts: number, retryAfter: number | null, now: Instant): Instant | null {
  const delay = RETRY_DELAYS[attempts - 1];
  if (delay === undefined) return null;
  const jittered = jitterBetween(delay, delay * (1 + JITTER));
  return now + Math.ceil(Math.max(jittered, Math.min(retryAfter ?? 0, MAX_RETRY_AFTER)));
}
