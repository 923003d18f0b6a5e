/** When a write that failed is tried again, and what its row says until then. */

import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { ProviderError } from '../../providers/port.ts';
import { DAY, HOUR, type Instant, SECOND } from '../../time/clock.ts';

const BACKOFF: Backoff = { first: 5 * SECOND, max: HOUR, jitter: 0.25 };
/** What a provider may ask for. */
const RETRY_AFTER_MAX = DAY;
/** What was refused will be refused again, until somebody changes what it failed by. */
const REFUSED_RETRY = 6 * HOUR;

/** May the same request succeed by waiting alone? */
export const isTransient = ({ reason }: ProviderError) => reason === 'transient' || reason === 'rate-limited';

/** @param failures in a row, this one included. */
export function writeRetryAt(now: Instant, failures: number, error: ProviderError): Instant {
  if (!isTransient(error)) return Math.ceil(now + jitterBetween(REFUSED_RETRY, 1.1 * REFUSED_RETRY));
  const wait = backoffDelay(BACKOFF, failures - 1);
  return Math.ceil(now + Math.max(wait, Math.min(error.retryAfter ?? 0, RETRY_AFTER_MAX)));
}

/** For operators. */
export const writeErrorText = ({ reason, message }: ProviderError) => `${reason}: ${message}`.slice(0, 500);
