/** When a failed delivery is retried: the schedule of Standard Webhooks. */
import { jitterBetween } from '../../async/backoff.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

/** Delays after the first attempt, the second, and so on; after the last one the message has failed. */
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

/** Delays are up to a tenth longer, so that messages that failed together are not retried together. */
const JITTER = 0.1;
const MAX_RETRY_AFTER = DAY;

/**
 * @param attempts so far
 * @param retryAfter the receiver's Retry-After in milliseconds, followed up to a day; null: none
 * @returns null when no attempt is left
 */
export function nextAttemptAt(attempts: number, retryAfter: number | null, now: Instant): Instant | null {
  const delay = RETRY_DELAYS[attempts - 1];
  if (delay === undefined) return null;
  const jittered = jitterBetween(delay, delay * (1 + JITTER));
  return now + Math.ceil(Math.max(jittered, Math.min(retryAfter ?? 0, MAX_RETRY_AFTER)));
}
