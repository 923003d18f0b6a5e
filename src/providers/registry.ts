/** The providers that this installation offers: those whose credentials are configured. */
import type { Config } from '../config.ts';
import { createGoogle } from './google/index.ts';
import { createMicrosoft } from './microsoft/index.ts';
import type { CalendarProvider, Providers } from './port.ts';

type ProviderSettings = Pick<
  Config,
  | 'GOOGLE_CLIENT_ID'
  | 'GOOGLE_CLIENT_SECRET'
  | 'GOOGLE_AUTH_URL'
  | 'GOOGLE_TOKEN_URL'
  | 'GOOGLE_API_URL'
  | 'MICROSOFT_CLIENT_ID'
  | 'MICROSOFT_CLIENT_SECRET'
  | 'MICROSOFT_TENANT'
  | 'MICROSOFT_LOGIN_URL'
  | 'MICROSOFT_GRAPH_URL'
  | 'MICROSOFT_EVENT_GRID'
>;

export function createProviders(config: ProviderSettings): Providers {
  const offered: CalendarProvider[] = [];
  if (config.GOOGLE_CLIENT_ID && config.GOOGLE_CLIENT_SECRET) {
    offered.push(
      createGoogle({
        clientId: config.GOOGLE_CLIENT_ID,
        clientSecret: config.GOOGLE_CLIENT_SECRET,
        authUrl: config.GOOGLE_AUTH_URL,
        tokenUrl: config.GOOGLE_TOKEN_URL,
        apiUrl: config.GOOGLE_API_URL,
      }),
    );
  }
  if (config.MICROSOFT_CLIENT_ID && config.MICROSOFT_CLIENT_SECRET) {
    offered.push(
      createMicrosoft({
        clientId: config.MICROSOFT_CLIENT_ID,
        clientSecret: config.MICROSOFT_CLIENT_SECRET,
        tenant: config.MICROSOFT_TENANT,
        loginUrl: config.MICROSOFT_LOGIN_URL,
        graphUrl: config.MICROSOFT_GRAPH_URL,
        eventGrid: config.MICROSOFT_EVENT_GRID,
      }),
    );
  }
  return new Map(offered.map((provider) => [provider.name, provider]));
}
