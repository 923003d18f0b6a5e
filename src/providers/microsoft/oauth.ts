/** How a host, or a whole tenant, grants access to Microsoft calendars. */
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

/** The resource that login knows; behind a proxy the configured root is another one. */
const GRAPH = 'https://graph.microsoft.com';

/** Application permissions: an administrator of the tenant has consented to them. */
export const organisationOf = (config: MicrosoftConfig): OrganisationPort => ({
  kind: 'application',
  clientId: config.clientId,
  clientSecret: config.clientSecret,
  tokenEndpoint: (tenant) => `${loginRoot(config, tenant)}/token`,
  scopes: [`${config.graphUrl.replace(/\/+$/, '')}/.default`, `${GRAPH}/.default`],
});

const loginRoot = ({ loginUrl }: MicrosoftConfig, tenant: string) =>
  `${loginUrl.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}/oauth2/v2.0`;
