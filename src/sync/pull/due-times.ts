/** When a calendar is pulled next: at an interval after success, at growing delays after failures, throttled when it is flooded. */

import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { JobRequest } from '../../jobs/port.ts';
import type { ProviderError } from '../../providers/port.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

const RETRY_MIN = 5 * SECOND;
const RETRY_MAX = 5 * MINUTE;
const RETRY_AFTER_MAX = HOUR;
/** A new token, and a provider's own change of keys, are known everywhere within moments. */
const UNAUTHORISED_RETRY_MIN = SECOND;
/**
 * A new consent makes the account's calendars due at once. Until then only the secrets of accounts are tried again: rarely, for
 * servers lock accounts out whose passwords are tried too often.
 */
const REVOKED_RETRY: Backoff = { first: 30 * SECOND, max: HOUR, jitter: 0.25 };
/** A secret that no key opens costs the provider nothing, and the key is back at once or never. */
const SEALED_RETRY = 30 * SECOND;

/** Up to a tenth early, never late, so that calendars that began together drift apart. */
export const nextPullAfterSuccess = (now: Instant, interval: number): Instant =>
  Math.floor(now + jitterBetween(0.9 * interval, interval));

/** A calendar that asks to be read more often shortens the interval, down to a minute; none can lengthen it. */
export const effectiveInterval = (refresh: number | null, interval: number): number =>
  Math.min(interval, Math.max(refresh ?? interval, MINUTE));

/** When the window must be read anew, however long the interval: within the day that it has to spare, not all calendars at once. */
export const windowRenewalAt = (coveredTo: Instant, ahead: number): Instant =>
  Math.ceil(coveredTo - ahead - DAY + jitterBetween(0, HOUR));

/** @param failures in a row, this one included. */
export function nextPullAfterFailure(
  now: Instant,
  failures: number,
  error: ProviderError,
  interval: number,
): Instant {
  if (error.reason === 'auth-revoked') return Math.ceil(now + backoffDelay(REVOKED_RETRY, failures - 1));
  if (error.reason === 'sealed') return Math.ceil(now + jitterBetween(0.75 * SEALED_RETRY, SEALED_RETRY));
  const max = Math.max(RETRY_MIN, Math.min(RETRY_MAX, interval));
  const first = error.status === 401 ? UNAUTHORISED_RETRY_MIN : RETRY_MIN;
  const wait = backoffDelay({ first, max, jitter: 0.25 }, failures - 1);
  const retryAfter = Math.min(error.retryAfter ?? 0, RETRY_AFTER_MAX);
  return Math.ceil(now + Math.max(wait, retryAfter));
}

/** Notifications of a calendar are counted over this long, milliseconds. */
export const NOTIFICATION_WINDOW = 10 * SECOND;
/** As many notifications as this lead to a pull at once, each of them. */
const UNTHROTTLED_COUNT = 6;
/** The delay of a pull, for each notification more. */
const DELAY_STEP = SECOND;
/** Open pages show an edit of a flooded calendar within two seconds, so this leaves time for the pull itself. */
const DELAY_MAX = 1.8 * SECOND;
/** More than so many make no difference to the delay. */
export const NOTIFICATION_COUNT_MAX = UNTHROTTLED_COUNT + Math.ceil(DELAY_MAX / DELAY_STEP);

/**
 * The pull after a notification: at once, unless the calendar is flooded. Then one pull serves many notifications, up to
 * DELAY_MAX after the start of the one before, so that the provider's limits are not used up, and behind those of other calendars.
 * @param notified how many notifications came over the last NOTIFICATION_WINDOW
 * @param lastStartedAt start of the pull before; null: there was none
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
  // A pull that is due now has no `runAt`: the database's clock may differ from this one.
  return delay > 0 && runAt > now ? { ...pull, runAt, paced: true } : pull;
}
