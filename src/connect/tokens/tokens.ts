/** An account's tokens: at rest as one text, sealed for that account alone; at hand as long as one lives. */

import type { KeyRing } from '../../secrets.ts';
import { type Instant, MINUTE } from '../../time/clock.ts';

export interface Tokens {
  access: string;
  /** Null: the provider gave none. */
  refresh: string | null;
}

/** A token that works. */
export interface LiveToken {
  token: string;
  /** When to ask for another one; infinite when the provider set no end. */
  until: Instant;
  /** Whose calendars it is for, where it doesn't tell itself. */
  mailbox: string | null;
}

/** A token is not given out in its last minute. */
const MARGIN = MINUTE;

/** @param expiresAt null: the provider set no end */
export const usableUntilOf = (expiresAt: Instant | null): Instant =>
  expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - MARGIN;

export const sealTokens = (keyRing: KeyRing, account: string, { access, refresh }: Tokens): string =>
  keyRing.encrypt(JSON.stringify({ access, refresh }), account);

/** @throws when no key of the ring opens it. */
export const openTokens = (keyRing: KeyRing, account: string, sealed: string): Tokens =>
  // What opens was sealed above.
  JSON.parse(keyRing.decrypt(sealed, account)) as Tokens;
