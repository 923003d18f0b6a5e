/** Decides when a failed write is tried again, and words the error that its row keeps until then. */

import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { ProviderError } from '../../providers/port.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../time/clock.ts';

const BACKOFF: Backoff = { first: 5 * SECOND, max: HOUR, jitter: 0.25 };
/** The longest wait that a provider may ask for, in milliseconds. */
const RETRY_AFTER_MAX = DAY;
/** The wait after a refusal, in milliseconds: the provider refuses again until the cause is removed. */
const REFUSED_RETRY = 6 * HOUR;

/** True when the same request may succeed later without any change at the provider. */
export const isTransient = ({ reason }: ProviderError) =>
  reason === 'transient' || reason === 'rate-limited' || reason === 'sealed';

/** @param failures the number of failures in a row, this one included */
export function writeRetryAt(now: Instant, failures: number, error: ProviderError): Instant {
  if (!isTransient(error)) return Math.ceil(now + jitterBetween(REFUSED_RETRY, 1.1 * REFUSED_RETRY));
  const wait = backoffDelay(BACKOFF, failures - 1);
  return Math.ceil(now + Math.max(wait, Math.min(error.retryAfter ?? 0, RETRY_AFTER_MAX)));
}

/** A pull that succeeds this long after a failed write, doubled with each failure, makes the write due again. */
const PULL_RETRY: Backoff = { first: SECOND, max: 5 * MINUTE, jitter: 0 };
/** The same after a refusal, for a calendar that can be read may still not be written. */
const PULL_RETRY_REFUSED = HOUR;

/**
 * A pull that succeeds shows that the account's provider and grant work again, long before the backoff of a write ends.
 * @param failures the number of failures in a row, this one included
 * @returns the earliest start of such a pull; null: the provider named the wait itself
 */
export function retriedByPullFrom(now: Instant, failures: number, { reason }: ProviderError): Instant | null {
  switch (reason) {
    case 'rate-limited':
      return null;
    case 'auth-revoked':
      // A pull was asked to find out whether the grant is gone.
      return now;
    case 'transient':
    case 'sealed':
      return Math.ceil(now + backoffDelay(PULL_RETRY, failures - 1));
    default:
      return now + PULL_RETRY_REFUSED;
  }
}

/** The text of the error that operators read, at most 500 characters. */
export const writeErrorText = ({ reason, message }: ProviderError) => `${reason}: ${message}`.slice(0, 500);
