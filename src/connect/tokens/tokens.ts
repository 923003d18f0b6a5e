/** An account's tokens: stored as one text, sealed for that account alone. */

import type { Log } from '../../log.ts';
import type { KeyRing } from '../../secrets.ts';
import { type Instant, MINUTE } from '../../time/clock.ts';
import { openSealed } from './sealed.ts';

export interface Tokens {
  access: string;
  /** Null: the provider returned none. */
  refresh: string | null;
}

/** A valid access token. */
export interface LiveToken {
  token: string;
  /** When to request another one; infinite without an expiry. */
  until: Instant;
  /** Whose calendars the token is for; null when the token says so itself. */
  mailbox: string | null;
}

/** A token is not used in its last minute. */
const MARGIN = MINUTE;

/** @param expiresAt null: the provider set no expiry */
export const usableUntilOf = (expiresAt: Instant | null): Instant =>
  expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - MARGIN;

export const sealTokens = (keyRing: KeyRing, account: string, { access, refresh }: Tokens): string =>
  keyRing.encrypt(JSON.stringify({ access, refresh }), 'account.tokens', account);

/** @throws ProviderError `sealed` when no key of the ring opens them */
export const openTokens = (deps: { keyRing: KeyRing; log: Log }, account: string, sealed: string): Tokens =>
  // Only `sealTokens` writes such texts.
  JSON.parse(openSealed(deps, { account }, sealed)) as Tokens;
