/** Access to a whole organisation: Google's service account (RFC 7523) and Microsoft's application (RFC 6749 §4.4). */
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { z } from 'zod';
import { type Clock, type Instant, SECOND } from '../time/clock.ts';
import type { Faults } from './faults.ts';
import type { Grants } from './grants.ts';
import type { SimulatedRequest } from './http.ts';
import type { GrantType, OAuthError } from './oauth.ts';
import type { Person, SimulatedProvider, World } from './world.ts';

export interface TenantAccess {
  /** The service account's JSON key, generated at its first use. */
  serviceAccountKey(tokenUri: string): string;
  serviceAccount: GrantType;
  application: GrantType;
  /** The token belongs to an application and has not expired. */
  isApplication(token: string): boolean;
  /** @returns null when no person has this id or address. */
  find(provider: SimulatedProvider, name: string): Person | null;
  /** The administrator gave the service account or application access to this person's calendars. */
  canReach(person: Person): boolean;
}

const EMAIL = 'slotwire@simulator.iam.gserviceaccount.com';
const KEY_ID = '51a07e51a07e51a07e51a07e51a07e51a07e51a0';
const GOOGLE_AUDIENCE = 'https://oauth2.googleapis.com/token';
const GRAPH_SCOPE = 'https://graph.microsoft.com/.default';
const MAX_LIFETIME = 3_600;
/** Seconds. */
const MAX_SKEW = 300;
const GOOGLE_LIFETIME = 3_599;
const MICROSOFT_LIFETIME = 3_599;

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().optional(),
  scope: z.string().min(1),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});

export function createTenantAccess(deps: {
  clock: Clock;
  world: World;
  grants: Grants;
  faults: Faults;
}): TenantAccess {
  const { clock, world, grants, faults } = deps;
  const applications = new Map<string, Instant>();
  let privateKey: string | undefined;

  const find = (provider: SimulatedProvider, name: string): Person | null =>
    world
      .people()
      .find(
        (person) =>
          person.provider === provider &&
          [person.id, person.email].some((known) => known.toLowerCase() === name.toLowerCase()),
      ) ?? null;
  const canReach = ({ email }: Person) => faults.tenant.people?.includes(email) ?? true;

  function byAssertion(
    { url }: SimulatedRequest,
    form: URLSearchParams,
  ): Record<string, unknown> | OAuthError {
    const claims = privateKey ? claimsOf(form.get('assertion') ?? '', privateKey) : null;
    if (claims?.iss !== EMAIL) return oauthError(400, 'invalid_grant', 'Invalid JWT Signature.');
    if (![GOOGLE_AUDIENCE, `${url}/google/token`].includes(claims.aud)) {
      return oauthError(400, 'invalid_grant', 'Invalid JWT: Failed audience check.');
    }
    const now = clock.now() / SECOND;
    const { iat, exp, sub, scope } = claims;
    if (exp - iat > MAX_LIFETIME || exp <= now - MAX_SKEW || iat > now + MAX_SKEW) {
      return oauthError(
        400,
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    }
    const answer = (token: string) => ({
      access_token: token,
      expires_in: GOOGLE_LIFETIME,
      token_type: 'Bearer',
    });
    // Without a user the token is the service account's own, and no calendar is shared with that.
    if (sub === undefined) return answer(`ya29.c.${randomBytes(24).toString('base64url')}`);
    const person = find('google', sub);
    if (!person) return oauthError(400, 'invalid_grant', 'Invalid email or User ID');
    if (!canReach(person)) {
      return oauthError(
        401,
        'unauthorized_client',
        'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
      );
    }
    return answer(grants.issueAccess(grants.create(person, scope.split(' ')), GOOGLE_LIFETIME * SECOND));
  }

  function byCredentials(
    { url, path }: SimulatedRequest,
    form: URLSearchParams,
  ): Record<string, unknown> | OAuthError {
    if (/^\/microsoft\/login\/(common|organizations|consumers)\//.test(path)) {
      return oauthError(400, 'invalid_request', 'The tenant must be named.');
    }
    if (![GRAPH_SCOPE, `${url}/microsoft/graph/.default`].includes(form.get('scope') ?? '')) {
      return oauthError(
        400,
        'invalid_scope',
        `The provided value for the input parameter 'scope' is not valid.`,
      );
    }
    const token = `eyJ0.${randomBytes(24).toString('base64url')}`;
    applications.set(token, clock.now() + MICROSOFT_LIFETIME * SECOND);
    return {
      token_type: 'Bearer',
      expires_in: MICROSOFT_LIFETIME,
      ext_expires_in: MICROSOFT_LIFETIME,
      access_token: token,
    };
  }

  return {
    serviceAccountKey(tokenUri) {
      privateKey ??= generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      }).privateKey;
      return JSON.stringify({
        type: 'service_account',
        project_id: 'simulator',
        private_key_id: KEY_ID,
        private_key: privateKey,
        client_email: EMAIL,
        client_id: '100000000000000000001',
        token_uri: tokenUri,
        universe_domain: 'googleapis.com',
      });
    },
    serviceAccount: { confidential: false, answer: byAssertion },
    application: { confidential: true, answer: byCredentials },
    isApplication: (token) => clock.now() < (applications.get(token) ?? 0),
    find,
    canReach,
  };
}

const oauthError = (status: number, error: string, description: string): OAuthError => ({
  refusal: { status, error, description },
});

/** The claims of an assertion; null unless it was signed with the key. */
function claimsOf(assertion: string, key: string): z.infer<typeof claimsSchema> | null {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  try {
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    z.object({ alg: z.literal('RS256'), kid: z.literal(KEY_ID).optional() }).parse(read(header));
    const valid = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(key),
      Buffer.from(signature, 'base64url'),
    );
    return valid ? claimsSchema.parse(read(claims)) : null;
  } catch {
    return null;
  }
}
