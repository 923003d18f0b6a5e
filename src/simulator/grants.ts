/** Grants of people to applications: codes, access tokens and refresh tokens of both providers. */
import { createHash, randomBytes } from 'node:crypto';
import { type Clock, type Instant, MINUTE } from '../time/clock.ts';
import type { Person } from './world.ts';

export interface Grant {
  person: Person;
  /** In the order of the request. */
  scopes: string[];
  revoked: boolean;
}

export interface PendingCode {
  grant: Grant;
  redirectUri: string;
  /** PKCE. */
  challenge: string | null;
  challengeMethod: string;
  offline: boolean;
}

export interface IssuedTokens {
  accessToken: string;
  /** Null when the grant is not for offline use. */
  refreshToken: string | null;
}

export interface Grants {
  create(person: Person, scopes: string[]): Grant;
  hadGrant(person: Person): boolean;
  issueCode(pending: PendingCode): string;
  /** A code works once, for ten minutes. */
  takeCode(code: string): PendingCode | null;
  /** `lifetime` in milliseconds. */
  issueAccess(grant: Grant, lifetime: number): string;
  issueRefresh(grant: Grant): string;
  /** The live grant behind a token; null when it is unknown, expired or revoked. */
  byAccess(token: string): Grant | null;
  byRefresh(token: string): Grant | null;
  /** The refresh token is unknown from now on. */
  forgetRefresh(token: string): void;
  /** Ends all grants of the person. */
  revoke(email: string): void;
  expireAccess(email: string): void;
}

export function createGrants({ clock }: { clock: Clock }): Grants {
  const grants: Grant[] = [];
  const codes = new Map<string, PendingCode & { until: Instant }>();
  const access = new Map<string, { grant: Grant; until: Instant }>();
  const refresh = new Map<string, Grant>();
  const randomToken = (form: string) => `${form}${randomBytes(24).toString('base64url')}`;

  return {
    create(person, scopes) {
      const grant = { person, scopes, revoked: false };
      grants.push(grant);
      return grant;
    },
    hadGrant: (person) => grants.some((grant) => grant.person === person && !grant.revoked),
    issueCode(pending) {
      const code = randomToken(pending.grant.person.provider === 'google' ? '4/0A' : '1.A');
      codes.set(code, { ...pending, until: clock.now() + 10 * MINUTE });
      return code;
    },
    takeCode(code) {
      const pending = codes.get(code);
      codes.delete(code);
      return pending && clock.now() < pending.until && !pending.grant.revoked ? pending : null;
    },
    issueAccess(grant, lifetime) {
      const token = randomToken(grant.person.provider === 'google' ? 'ya29.' : 'EwB');
      access.set(token, { grant, until: clock.now() + lifetime });
      return token;
    },
    issueRefresh(grant) {
      const token = randomToken(grant.person.provider === 'google' ? '1//0' : 'M.C');
      refresh.set(token, grant);
      return token;
    },
    byAccess(token) {
      const stored = access.get(token);
      return stored && clock.now() < stored.until && !stored.grant.revoked ? stored.grant : null;
    },
    byRefresh(token) {
      const grant = refresh.get(token);
      return grant && !grant.revoked ? grant : null;
    },
    forgetRefresh(token) {
      refresh.delete(token);
    },
    revoke(email) {
      for (const grant of grants) if (grant.person.email === email) grant.revoked = true;
    },
    expireAccess(email) {
      for (const stored of access.values()) if (stored.grant.person.email === email) stored.until = 0;
    },
  };
}

/** RFC 7636 §4.6 */
export function provesChallenge(pending: PendingCode, verifier: string | null): boolean {
  if (pending.challenge === null) return true;
  if (verifier === null) return false;
  if (pending.challengeMethod === 'plain') return verifier === pending.challenge;
  return createHash('sha256').update(verifier).digest('base64url') === pending.challenge;
}
