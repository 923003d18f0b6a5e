/** A provider's tenant: an operator's input about it, and how its tokens are requested. */
import * as openid from 'openid-client';
import { badInput } from '../errors.ts';
import { type OrganisationPort, ProviderError, type ProviderFailure } from '../providers/port.ts';
import type { Clock } from '../time/clock.ts';
import { assertionOf, parseServiceAccount, type ServiceAccount } from './tokens/service-account.ts';
import { configureServer, readTokenResponse, type TokenResponse } from './tokens/token-endpoint.ts';

export interface Tenant {
  /** Who was granted access: the service account's address, the tenant's id or domain. */
  subject: string;
  /** To be stored sealed; null when the installation's own credentials are used. */
  secret: string | null;
}

export interface TenantInput {
  serviceAccountKey: string | null;
  tenant: string | null;
}

/** @param mailbox whose token is requested; null: any token, to verify the grant. @throws ProviderError */
export type RequestTenantToken = (mailbox: string | null) => Promise<TokenResponse>;

const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Microsoft's names for groups of tenants. */
const SHARED_TENANTS = new Set(['common', 'organizations', 'consumers']);

/** @throws SlotwireError BAD_USER_INPUT */
export function parseTenant(port: OrganisationPort, { serviceAccountKey, tenant }: TenantInput): Tenant {
  if (port.kind === 'service-account') {
    if (!serviceAccountKey) throw badInput('serviceAccountKey', 'this provider needs it');
    const account = parseServiceAccount(serviceAccountKey, port.audiences);
    return { subject: account.email, secret: JSON.stringify(account) };
  }
  const name = tenant?.trim().toLowerCase();
  if (!name) throw badInput('tenant', 'this provider needs it');
  if (SHARED_TENANTS.has(name) || !/^[a-z0-9][a-z0-9.-]{0,252}$/.test(name)) {
    throw badInput('tenant', 'must be the id or a domain of one tenant');
  }
  return { subject: name, secret: null };
}

export function createTenantTokenRequest(
  port: OrganisationPort,
  { subject, secret }: Tenant,
  { clock, allowPrivate }: { clock: Clock; allowPrivate: boolean },
): RequestTenantToken {
  if (port.kind === 'service-account') {
    if (secret === null) throw new ProviderError('rejected', 'the connection holds no key');
    // `parseTenant` validated the stored text.
    const account = JSON.parse(secret) as ServiceAccount;
    const { tokenEndpoint, scopes } = port;
    // The assertion authenticates the client.
    const server = configureServer({ clientId: subject, tokenEndpoint }, () => {}, allowPrivate);
    return (mailbox) => {
      const now = clock.now();
      const assertion = assertionOf(account, { subject: mailbox, scopes, now });
      return readTokenResponse(openid.genericGrantRequest(server, BEARER, { assertion }), now, tenantFailure);
    };
  }
  const { clientId, clientSecret, tokenEndpoint } = port;
  const client = openid.ClientSecretPost(clientSecret);
  const server = configureServer({ clientId, tokenEndpoint: tokenEndpoint(subject) }, client, allowPrivate);
  const requestWithScopes = ([scope, ...others]: readonly string[]): Promise<openid.TokenEndpointResponse> =>
    openid.clientCredentialsGrant(server, scope ? { scope } : {}).catch((error: unknown) => {
      if (others.length > 0 && isUnknownScope(error)) return requestWithScopes(others);
      throw error;
    });
  return () => readTokenResponse(requestWithScopes([...new Set(port.scopes)]), clock.now(), tenantFailure);
}

/** Refusals that mean something else for a tenant than for one host's grant. */
function tenantFailure({
  error,
  error_description = '',
}: openid.ResponseBodyError): ProviderFailure | undefined {
  // The administrator withdrew the scopes.
  if (error === 'unauthorized_client') return 'auth-revoked';
  // The key or the system clock is wrong; the user's grant is not affected.
  if (error === 'invalid_grant' && /^invalid jwt\b/i.test(error_description)) return 'rejected';
  return undefined;
}

const UNKNOWN_SCOPE = new Set(['invalid_scope', 'invalid_resource', 'invalid_target']);

const isUnknownScope = (error: unknown) =>
  error instanceof openid.ResponseBodyError && UNKNOWN_SCOPE.has(error.error);
