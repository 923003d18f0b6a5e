/** Requests to token endpoints, over https, or http on loopback, and what their responses contain. */
import * as openid from 'openid-client';
import type { Instant } from '../../time/clock.ts';
import { type RefusalReason, tokenFailure } from './token-errors.ts';

/** Seconds. */
const TIMEOUT_SECONDS = 10;

export interface TokenResponse {
  access: string;
  /** Null: the response has none, and the previous one stays valid. */
  refresh: string | null;
  /** Null: the provider sets no expiry. */
  expiresAt: Instant | null;
  /** Null: all requested scopes were granted. */
  scopes: string[] | null;
}

/**
 * @param refusalReason for refusals that mean something else in this grant
 * @throws ProviderError: `auth-revoked`, `rejected`, `rate-limited`, `transient`
 */
export async function readTokenResponse(
  request: Promise<openid.TokenEndpointResponse>,
  now: Instant,
  refusalReason?: RefusalReason,
): Promise<TokenResponse> {
  const response = await request.catch((error: unknown) =>
    Promise.reject(tokenFailure(error, now, refusalReason)),
  );
  return {
    access: response.access_token,
    refresh: response.refresh_token ?? null,
    expiresAt: response.expires_in === undefined ? null : now + response.expires_in * 1_000,
    scopes: response.scope?.split(' ').filter(Boolean) ?? null,
  };
}

export interface TokenServer {
  clientId: string;
  tokenEndpoint: string;
  authorizationEndpoint?: string;
  revocationEndpoint?: string;
}

/** @param client how the client authenticates at the endpoint */
export function configureServer(
  { clientId, tokenEndpoint, authorizationEndpoint, revocationEndpoint }: TokenServer,
  client: openid.ClientAuth,
  allowPrivate: boolean,
): openid.Configuration {
  const server = new openid.Configuration(
    {
      issuer: new URL(tokenEndpoint).origin,
      token_endpoint: tokenEndpoint,
      ...(authorizationEndpoint ? { authorization_endpoint: authorizationEndpoint } : {}),
      ...(revocationEndpoint ? { revocation_endpoint: revocationEndpoint } : {}),
    },
    clientId,
    undefined,
    client,
  );
  server.timeout = TIMEOUT_SECONDS;
  server[openid.customFetch] = fetchWithoutIdToken;
  const plain = [authorizationEndpoint, tokenEndpoint, revocationEndpoint]
    .filter((endpoint) => endpoint !== undefined)
    .map((endpoint) => new URL(endpoint))
    .filter((endpoint) => endpoint.protocol === 'http:');
  if (allowPrivate || plain.every(({ hostname }) => isLoopback(hostname))) {
    openid.allowInsecureRequests(server);
  }
  return server;
}

const isLoopback = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** Id tokens are never requested: one in the response is removed, so that its validation can't fail the request. */
const fetchWithoutIdToken: openid.CustomFetch = async (url, { body, headers, method, redirect, signal }) => {
  const response = await fetch(url, {
    headers,
    method,
    redirect,
    // Token endpoints accept form data only.
    ...(body instanceof URLSearchParams ? { body } : {}),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const content = response.ok ? parse(text) : null;
  if (typeof content !== 'object' || content === null || !('id_token' in content)) {
    return new Response(text || null, response);
  }
  const { id_token: _, ...rest } = content;
  return new Response(JSON.stringify(rest), response);
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
