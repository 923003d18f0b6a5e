/** Google Calendar (API v3) as a provider. */
import { MINUTE } from '../../time/clock.ts';
import type { CalendarProvider, RequestBudget } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { createClient } from './client.ts';
import { oauthOf, organisationOf } from './oauth.ts';
import { pullChanges } from './pull.ts';
import { createWatch } from './watch.ts';
import { createWrite } from './write.ts';

export interface GoogleConfig {
  clientId: string;
  clientSecret: string;
  /** URL of the consent page. */
  authUrl: string;
  tokenUrl: string;
  /** Root URL: `…/calendar/v3/…` is appended. */
  apiUrl: string;
}

/** Quotas of a Google Cloud project created since May 2026, and of each of its users; older projects have more. */
const BUDGET: RequestBudget = {
  account: { requests: { count: 600, window: MINUTE } },
  installation: { requests: { count: 10_000, window: MINUTE } },
};

export function createGoogle(config: GoogleConfig): CalendarProvider {
  const client = createClient(config.apiUrl);
  return {
    name: 'google',
    oauth: oauthOf(config),
    organisation: organisationOf(config),
    budget: BUDGET,
    identify: (access) => identify(client, access),
    listCalendars: (access) => listCalendars(client, access),
    pullChanges: (request) => pullChanges(client, request),
    watch: createWatch(client),
    write: createWrite(client),
  };
}
