/** OAuth client of a provider: authorization code grant with PKCE, refresh, revocation (RFC 6749, 7636, 7009). */
import * as openid from 'openid-client';
import type { OAuthPort } from '../providers/port.ts';
import type { Clock } from '../time/clock.ts';
import { configureServer, readTokenResponse, type TokenResponse } from './tokens/token-endpoint.ts';
import { tokenFailure } from './tokens/token-errors.ts';

/** All methods throw ProviderError: `auth-revoked`, `rejected`, `rate-limited`, `transient`. */
export interface OAuthClient {
  /** URL of the provider's consent page. @throws ProviderError `rejected` when the endpoint's address is not allowed */
  consentUrl(request: { state: string; verifier: string; redirectUri: string }): Promise<string>;
  exchange(consent: { code: string; verifier: string; redirectUri: string }): Promise<TokenResponse>;
  refresh(token: string): Promise<TokenResponse>;
  /** Null: the provider has no revocation endpoint. */
  revoke: ((token: string) => Promise<void>) | null;
}

export function createOAuthClient(
  oauth: OAuthPort,
  { clock, allowPrivate }: { clock: Clock; allowPrivate: boolean },
): OAuthClient {
  const server = configureServer(oauth, openid.ClientSecretPost(oauth.clientSecret), allowPrivate);
  const toTokenResponse = (request: Promise<openid.TokenEndpointResponse>) =>
    readTokenResponse(request, clock.now());
  return {
    async consentUrl({ state, verifier, redirectUri }) {
      const parameters = {
        ...oauth.authorizationParameters,
        redirect_uri: redirectUri,
        scope: oauth.scopes.join(' '),
        state,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      try {
        return openid.buildAuthorizationUrl(server, parameters).href;
      } catch (error) {
        throw tokenFailure(error, clock.now());
      }
    },
    exchange({ code, verifier, redirectUri }) {
      // Only the code is passed on: the state was verified by its hash, and `iss` proves nothing without discovery.
      const url = new URL(redirectUri);
      url.searchParams.set('code', code);
      return toTokenResponse(openid.authorizationCodeGrant(server, url, { pkceCodeVerifier: verifier }));
    },
    refresh: (token) => toTokenResponse(openid.refreshTokenGrant(server, token)),
    revoke: oauth.revocationEndpoint
      ? (token) =>
          openid
            .tokenRevocation(server, token)
            .catch((error: unknown) => Promise.reject(tokenFailure(error, clock.now())))
      : null,
  };
}
