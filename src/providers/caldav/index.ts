/** CalDAV servers (RFC 4791) as a provider: iCloud, Fastmail, Nextcloud, Baikal and others. Polled and read-only. */
import { MINUTE } from '../../time/clock.ts';
import type { HttpFetch } from '../http.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import { type CalendarProvider, ProviderError, type RequestBudget } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { createClient } from './client.ts';
import { type DnsServices, systemDns } from './discovery.ts';
import { pullChanges } from './pull.ts';
import { parseSecretInput } from './secret.ts';

export interface CalDavConfig {
  /** Guarded against private addresses: URLs come from hosts and from their servers' answers. */
  fetch: HttpFetch;
  reader: IcalReader;
  /** Whether passwords may go over plain http. */
  allowHttp: boolean;
  dns?: DnsServices;
}

/** No server publishes its limits. This budget reads 25,000 objects a minute, two requests at a time. */
const BUDGET: RequestBudget = { account: { concurrent: 2, requests: { count: 600, window: MINUTE } } };

export function createCalDav({ fetch, reader, allowHttp, dns = systemDns }: CalDavConfig): CalendarProvider {
  const client = createClient(fetch, allowHttp);
  return {
    name: 'caldav',
    secret: { parse: parseSecretInput },
    budget: BUDGET,
    identify: (access) => identify(client.openSession(access), dns).catch(rethrowAsProviderError),
    listCalendars: (access) => listCalendars(client.openSession(access), dns).catch(rethrowAsProviderError),
    async *pullChanges(request) {
      try {
        yield* pullChanges(client.openSession(request.access, request.signal), reader, request);
      } catch (error) {
        rethrowAsProviderError(error);
      }
    },
  };
}

/** Any other error means that an answer was not as expected. */
function rethrowAsProviderError(error: unknown): never {
  if (error instanceof ProviderError) throw error;
  throw new ProviderError('transient', 'The server answered in an unexpected form.', {
    cause: error,
  });
}
