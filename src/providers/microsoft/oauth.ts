/** OAuth settings of Microsoft: consent of one host, or application permissions for a whole tenant. */
import type { OAuthPort, OrganisationPort } from '../port.ts';
import type { MicrosoftConfig } from './index.ts';

export function oauthOf(config: MicrosoftConfig): OAuthPort {
  const root = loginRoot(config, config.tenant);
  return {
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    authorizationEndpoint: `${root}/authorize`,
    tokenEndpoint: `${root}/token`,
    scopes: ['offline_access', 'Calendars.ReadWrite', 'MailboxSettings.Read', 'User.Read'],
    authorizationParameters: {},
    requiredScopes: ['Calendars.ReadWrite'],
  };
}

/** Graph's resource as the login endpoint knows it; the configured root is another one behind a proxy. */
const GRAPH = 'https://graph.microsoft.com';

/** Application permissions, to which an administrator of the tenant has consented. */
export const organisationOf = (config: MicrosoftConfig): OrganisationPort => ({
  kind: 'application',
  clientId: config.clientId,
  clientSecret: config.clientSecret,
  tokenEndpoint: (tenant) => `${loginRoot(config, tenant)}/token`,
  scopes: [`${config.graphUrl.replace(/\/+$/, '')}/.default`, `${GRAPH}/.default`],
});

const loginRoot = ({ loginUrl }: MicrosoftConfig, tenant: string) =>
  `${loginUrl.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}/oauth2/v2.0`;
