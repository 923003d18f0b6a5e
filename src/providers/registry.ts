/** The providers that this installation offers: those with configured credentials, and those that need none. */

import type { Config } from '../config.ts';
import type { Clock } from '../time/clock.ts';
import { createCalDav } from './caldav/index.ts';
import { createFeed } from './feed/index.ts';
import { createGoogle } from './google/index.ts';
import type { HttpFetch } from './http.ts';
import type { IcalReader } from './ical-reader/reader.ts';
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

/** What providers need that read addresses which hosts give. */
export interface WebProviderDeps {
  /** Guarded against private addresses. */
  fetch: HttpFetch;
  reader: IcalReader;
  /** ALLOW_PRIVATE_NETWORK: passwords may then go over plain http too. */
  allowPrivate: boolean;
  /** FEED_USER_AGENT. */
  feedUserAgent?: string;
  /** Default: the system's clock. */
  clock?: Clock;
}

/** @param webDeps absent: only the providers that the configuration names are offered */
export function createProviders(config: ProviderSettings, webDeps?: WebProviderDeps): Providers {
  const enabled: CalendarProvider[] = [];
  if (config.GOOGLE_CLIENT_ID && config.GOOGLE_CLIENT_SECRET) {
    enabled.push(
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
    enabled.push(
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
  if (webDeps) {
    const { fetch, reader, allowPrivate: allowHttp, feedUserAgent: userAgent, clock } = webDeps;
    enabled.push(createCalDav({ fetch, reader, allowHttp }));
    enabled.push(
      createFeed({
        ...{ fetch, reader, allowHttp },
        ...(userAgent ? { userAgent } : {}),
        ...(clock ? { clock } : {}),
      }),
    );
  }
  return new Map(enabled.map((provider) => [provider.name, provider]));
}
