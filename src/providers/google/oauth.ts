/** OAuth settings of Google: consent of one host, or delegation for a whole Workspace domain. */
import type { OAuthPort, OrganisationPort } from '../port.ts';
import type { GoogleConfig } from './index.ts';

const SCOPES = [
  'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
  'https://www.googleapis.com/auth/calendar.events',
];

export function oauthOf(config: GoogleConfig): OAuthPort {
  const revocationEndpoint = revocationEndpointOf(config.tokenUrl);
  return {
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    authorizationEndpoint: config.authUrl,
    tokenEndpoint: config.tokenUrl,
    ...(revocationEndpoint ? { revocationEndpoint } : {}),
    scopes: SCOPES,
    // Without prompt=consent, a second consent returns no refresh token.
    authorizationParameters: { access_type: 'offline', prompt: 'consent', include_granted_scopes: 'true' },
    // The consent page lets the user refuse single scopes.
    requiredScopes: SCOPES,
  };
}

/** The token_uri that Google writes into service account keys. */
const KEY_AUDIENCE = 'https://oauth2.googleapis.com/token';

/** Domain-wide delegation: an administrator has granted the scopes to the service account's client id. */
export const organisationOf = ({ tokenUrl }: GoogleConfig): OrganisationPort => ({
  kind: 'service-account',
  tokenEndpoint: tokenUrl,
  audiences: [tokenUrl, KEY_AUDIENCE],
  scopes: SCOPES,
});

/** `…/token` → `…/revoke`. */
function revocationEndpointOf(tokenUrl: string): string | null {
  const url = new URL(tokenUrl);
  const path = url.pathname.replace(/\/token\/?$/, '/revoke');
  if (path === url.pathname) return null;
  url.pathname = path;
  return url.href;
}
