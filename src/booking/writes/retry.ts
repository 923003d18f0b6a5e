/** Decides when a failed write is tried again, and words the error that its row keeps until then. */

import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { ProviderError } from '../../providers/port.ts';
import { DAY, HOUR, type Instant, SECOND } from '../../time/clock.ts';

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

/** The text of the error that operators read, at most 500 characters. */
export const writeErrorText = ({ reason, message }: ProviderError) => `${reason}: ${message}`.slice(0, 500);
