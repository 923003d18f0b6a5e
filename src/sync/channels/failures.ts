/** What a provider's failure means for a watch channel: when to try again, and what the public and operators read of it. */

import { jitterBetween } from '../../async/backoff.ts';
import type { ProviderError, ProviderFailure } from '../../providers/port.ts';
import { HOUR, type Instant, MINUTE } from '../../time/clock.ts';

/** When to try again, by the reason of the failure. */
const RETRY_DELAY: Record<ProviderFailure, number> = {
  transient: MINUTE,
  'rate-limited': MINUTE,
  sealed: MINUTE,
  'cursor-expired': MINUTE,
  rejected: HOUR,
  'auth-revoked': HOUR,
  'watch-not-supported': HOUR,
};

/** For the public. */
export const REFUSAL_MESSAGE: Record<ProviderFailure, string> = {
  transient: 'The provider could not be reached; it is asked again soon.',
  'rate-limited': 'The provider asks to come back later.',
  sealed:
    'The gateway cannot read what it stored of this account: its operator is to put a missing key back.',
  'cursor-expired': 'The provider did not understand.',
  rejected: 'The provider refused to watch this calendar.',
  'auth-revoked': 'Access to this calendar was withdrawn; its host must connect it again.',
  'watch-not-supported': 'This calendar takes no watch channels; it is polled instead.',
};

/** When to renew a channel: two thirds into its life, which leaves time for many attempts. */
export const renewalAt = (now: Instant, expiresAt: Instant | null): Instant | null =>
  expiresAt === null ? null : Math.floor(now + Math.max(0, expiresAt - now) * (2 / 3));

/** When to try again; as late as the provider asks, up to an hour. */
export function channelRetryAt(now: Instant, { reason, retryAfter }: ProviderError): Instant {
  const wait = Math.min(HOUR, Math.max(RETRY_DELAY[reason], retryAfter ?? 0));
  return Math.ceil(now + jitterBetween(wait, 1.1 * wait));
}

/** For operators, as rows keep it. */
export const providerErrorText = ({ reason, message }: ProviderError) =>
  `${reason}: ${message}`.slice(0, 500);
