/** When a calendar is pulled again: spread out after success, further and further apart after failures. */

import { backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { JobRequest } from '../../jobs/port.ts';
import type { ProviderError } from '../../providers/port.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

const RETRY_MIN = 5 * SECOND;
const RETRY_MAX = 5 * MINUTE;
const RETRY_AFTER_MAX = HOUR;

/** Up to a tenth early, never late: calendars that began together drift apart. */
export const nextPullAfterSuccess = (now: Instant, interval: number): Instant =>
  Math.floor(now + jitterBetween(0.9 * interval, interval));

/** What a calendar asks for shortens the interval, to a minute; nothing lengthens it. */
export const effectiveInterval = (refresh: number | null, interval: number): number =>
  Math.min(interval, Math.max(refresh ?? interval, MINUTE));

/** However seldom it is read: the window is read anew on the day that it has to spare, not all windows at once. */
export const windowRenewalAt = (coveredTo: Instant, ahead: number): Instant =>
  Math.ceil(coveredTo - ahead - DAY + jitterBetween(0, HOUR));

/** @param failures in a row, this one included. */
export function nextPullAfterFailure(
  now: Instant,
  failures: number,
  error: ProviderError,
  interval: number,
): Instant {
  // Only a new consent heals it, and that makes its calendars due at once.
  if (error.reason === 'auth-revoked') return nextPullAfterSuccess(now, interval);
  const most = Math.max(RETRY_MIN, Math.min(RETRY_MAX, interval));
  const wait = backoffDelay({ first: RETRY_MIN, most, jitter: 0.25 }, failures - 1);
  const retryAfter = Math.min(error.retryAfter ?? 0, RETRY_AFTER_MAX);
  return Math.ceil(now + Math.max(wait, retryAfter));
}

/** Notifications are counted over this long; so many are nothing unusual, and each of them is followed at once. */
export const NOTIFICATION_WINDOW = 10 * SECOND;
const UNTHROTTLED_COUNT = 6;
/** Longer for each notification more than usual. */
const DELAY_STEP = SECOND;
const DELAY_MAX = 15 * SECOND;
/** Counting further changes nothing. */
export const NOTIFICATION_COUNT_MAX = UNTHROTTLED_COUNT + DELAY_MAX / DELAY_STEP;

/**
 * The pull of a calendar that was notified: at once, unless it is flooded. Then one pull answers for many notifications, up
 * to 15 seconds after the one before: the provider's limits last, and no other calendar waits long.
 * @param notified notifications over the last NOTIFICATION_WINDOW.
 * @param lastStartedAt of the pull before; null: there was none.
 */
export function throttledPull(
  calendar: string,
  now: Instant,
  notified: number,
  lastStartedAt: Instant | null,
): JobRequest<'pull'> {
  const delay = Math.min(DELAY_MAX, Math.max(0, notified - UNTHROTTLED_COUNT) * DELAY_STEP);
  const runAt = (lastStartedAt ?? now) + delay;
  const pull = { task: 'pull', payload: { calendar }, key: calendar, replaceRunAt: true } as const;
  // No time of ours when it is due: the queue's clock may be another one.
  return delay > 0 && runAt > now ? { ...pull, runAt } : pull;
}
