/** When a write that failed is tried again, and what its row says until then. */

import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { ProviderError } from '../../providers/port.ts';
import { DAY, HOUR, type Instant, SECOND } from '../../time/clock.ts';

const BACKOFF: Backoff = { first: 5 * SECOND, most: HOUR, jitter: 0.25 };
/** What a provider may ask for. */
const LONGEST_ASKED = DAY;
/** What was refused will be refused again, until somebody changes what it failed by. */
const RARELY = 6 * HOUR;

/** May the same request succeed by waiting alone? */
export const willPass = ({ reason }: ProviderError) => reason === 'transient' || reason === 'rate-limited';

/** @param failures in a row, this one included. */
export function retryAt(now: Instant, failures: number, error: ProviderError): Instant {
  if (!willPass(error)) return Math.ceil(now + jitterBetween(RARELY, 1.1 * RARELY));
  const wait = backoffDelay(BACKOFF, failures - 1);
  return Math.ceil(now + Math.max(wait, Math.min(error.retryAfter ?? 0, LONGEST_ASKED)));
}

/** For operators. */
export const errorText = ({ reason, message }: ProviderError) => `${reason}: ${message}`.slice(0, 500);
