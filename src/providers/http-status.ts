/** What an HTTP status says of a refusal, where the provider's own words for it don't say more. */
import type { ProviderFailure } from './port.ts';

/**
 * Refusals that pass without anybody's doing. 401: the token endpoint has just given the token, and only that endpoint can tell
 * that a grant is gone. 409, 412, 423: another change was under way. 421, 425: another connection will do.
 */
const PASSING_STATUSES: ReadonlySet<number> = new Set([401, 408, 409, 412, 421, 423, 425]);

/** 5xx statuses that say what a server can't do at all. */
const UNABLE_STATUSES: ReadonlySet<number> = new Set([501, 505]);

/** A status below 400 is an answer in place of the one that was asked for: a redirect, or a sign-in page of a network. */
export function reasonOfStatus(
  status: number,
): Extract<ProviderFailure, 'rate-limited' | 'transient' | 'rejected'> {
  if (status === 429) return 'rate-limited';
  if (status < 400 || PASSING_STATUSES.has(status)) return 'transient';
  return status >= 500 && !UNABLE_STATUSES.has(status) ? 'transient' : 'rejected';
}
