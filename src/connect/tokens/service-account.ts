/** A service account's JSON key, and the assertions it signs to request tokens on behalf of users (RFC 7523). */
import { createPrivateKey, sign } from 'node:crypto';
import { z } from 'zod';
import { badInput } from '../../errors.ts';
import { HOUR, type Instant, SECOND } from '../../time/clock.ts';

export interface ServiceAccount {
  email: string;
  /** Identifies the key among those of the account. */
  keyId: string | null;
  /** RSA key in PEM. */
  privateKey: string;
  /** The `aud` claim of its assertions. */
  audience: string;
}

const schema = z.object({
  type: z.literal('service_account'),
  client_email: z.email(),
  private_key: z.string(),
  private_key_id: z.string().nullish(),
  token_uri: z.string().nullish(),
});

/** The longest lifetime that is accepted. */
const ASSERTION_LIFETIME = HOUR;

const INPUT_FIELD = 'serviceAccountKey';

/**
 * @param audiences what the key may name as its token endpoint; the first is used when it names none
 * @throws SlotwireError BAD_USER_INPUT; its message never quotes the key
 */
export function parseServiceAccount(text: string, audiences: readonly string[]): ServiceAccount {
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')).filter(Boolean))];
    throw badInput(
      INPUT_FIELD,
      names.length > 0
        ? `is no key of a service account: ${names.join(', ')} is missing or not as it should be`
        : 'must be the JSON key of a service account',
    );
  }
  const { client_email: email, private_key: privateKey, private_key_id, token_uri } = parsed.data;
  const audience = token_uri ?? audiences[0];
  if (audience === undefined || !audiences.includes(audience)) {
    throw badInput(INPUT_FIELD, 'token_uri is not the token endpoint that this installation asks');
  }
  if (!isRsa(privateKey)) throw badInput(INPUT_FIELD, 'private_key is no RSA key in PEM');
  return { email, keyId: private_key_id ?? null, privateKey, audience };
}

/**
 * A signed JWT (RS256) used as the authorization grant. @param subject the user it acts for; null: the service account
 * itself
 */
export function assertionOf(
  { email, keyId, privateKey, audience }: ServiceAccount,
  { subject, scopes, now }: { subject: string | null; scopes: readonly string[]; now: Instant },
): string {
  const issuedAt = Math.floor(now / SECOND);
  const claims = {
    iss: email,
    ...(subject === null ? {} : { sub: subject }),
    scope: scopes.join(' '),
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + ASSERTION_LIFETIME / SECOND,
  };
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId === null ? {} : { kid: keyId }) };
  const content = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), privateKey).toString('base64url')}`;
}

const base64url = (text: string) => Buffer.from(text).toString('base64url');

function isRsa(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
