/** CalDAV servers (RFC 4791): iCloud, Fastmail, Nextcloud, Baikal and whoever speaks it. Polled, and only read. */
import { MINUTE } from '../../time/clock.ts';
import type { WebFetch } from '../http.ts';
import type { Reader } from '../ical-reader/reader.ts';
import { type Budget, type CalendarProvider, ProviderError } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { createDavClient } from './client.ts';
import { type Services, systemServices } from './discovery.ts';
import { pullChanges } from './pull.ts';
import { readSecret } from './secret.ts';

export interface CalDavConfig {
  /** Guarded: the addresses come from hosts and from what their servers answer. */
  fetch: WebFetch;
  reader: Reader;
  /** May passwords go over http? */
  plain: boolean;
  services?: Services;
}

/** Nobody publishes numbers. So many read 25,000 objects a minute, two requests at a time. */
const BUDGET: Budget = { account: { concurrent: 2, requests: { count: 600, window: MINUTE } } };

export function createCalDav({
  fetch,
  reader,
  plain,
  services = systemServices,
}: CalDavConfig): CalendarProvider {
  const client = createDavClient(fetch, plain);
  return {
    name: 'caldav',
    secret: { read: readSecret },
    budget: BUDGET,
    identify: (access) => identify(client.open(access), services).catch(failed),
    listCalendars: (access) => listCalendars(client.open(access), services).catch(failed),
    async *pullChanges(request) {
      try {
        yield* pullChanges(client.open(request.access, request.signal), reader, request);
      } catch (error) {
        failed(error);
      }
    },
  };
}

/** Whatever an answer broke here. */
function failed(error: unknown): never {
  if (error instanceof ProviderError) throw error;
  throw new ProviderError('transient', 'What the server answered could not be worked with.', {
    cause: error,
  });
}
