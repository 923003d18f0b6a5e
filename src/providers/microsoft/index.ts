/** Microsoft 365 and Outlook.com calendars (Microsoft Graph v1.0) as a provider. */
import { MINUTE, SECOND } from '../../time/clock.ts';
import type { CalendarProvider, RequestBudget } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { createClient } from './client.ts';
import { oauthOf, organisationOf } from './oauth.ts';
import { pullChanges } from './pull.ts';
import { createWatch } from './watch.ts';
import { createWrite } from './write.ts';

export interface MicrosoftConfig {
  clientId: string;
  clientSecret: string;
  /** Id or name of a tenant, or `common`, `organizations`, `consumers`. */
  tenant: string;
  /** Root URL: `…/{tenant}/oauth2/v2.0/…` is appended. */
  loginUrl: string;
  /** Root URL: `…/v1.0/…` is appended. */
  graphUrl: string;
  /** A partner topic of Azure Event Grid, as EventGrid:?…, by which notifications come. */
  eventGrid?: string | undefined;
}

/** Quotas of an application, and of each mailbox it reads. */
const BUDGET: RequestBudget = {
  account: { concurrent: 4, requests: { count: 10_000, window: 10 * MINUTE } },
  installation: { requests: { count: 130_000, window: 10 * SECOND } },
};

export function createMicrosoft(config: MicrosoftConfig): CalendarProvider {
  const client = createClient(config.graphUrl);
  return {
    name: 'microsoft',
    oauth: oauthOf(config),
    organisation: organisationOf(config),
    budget: BUDGET,
    identify: (access) => identify(client, access),
    listCalendars: (access) => listCalendars(client, access),
    pullChanges: (request) => pullChanges(client, request),
    watch: createWatch(client, config.eventGrid ?? null),
    write: createWrite(client),
  };
}
