/** Calendars published at a secret address (RFC 5545 over https, `webcal:`) as a provider. Polled and read-only. */
import { type Clock, MINUTE, systemClock } from '../../time/clock.ts';
import type { HttpFetch } from '../http.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import type { CalendarProvider, RequestBudget } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { pullChanges } from './pull.ts';
import { parseSecretInput } from './secret.ts';

export interface FeedConfig {
  /** Guarded against private addresses: URLs come from hosts and from redirects. */
  fetch: HttpFetch;
  reader: IcalReader;
  /** Some servers answer only programs that look like a browser. Default: Slotwire. */
  userAgent?: string;
  /** Whether passwords may go over plain http. */
  allowHttp: boolean;
  clock?: Clock;
}

/** One request reads a whole calendar, and one feed is one account. */
const BUDGET: RequestBudget = { account: { requests: { count: 120, window: MINUTE } } };

export function createFeed({
  fetch,
  reader,
  userAgent = 'Slotwire',
  allowHttp,
  clock = systemClock,
}: FeedConfig): CalendarProvider {
  const deps = { fetch, reader, userAgent, clock };
  return {
    name: 'feed',
    secret: { parse: (given) => parseSecretInput(given, allowHttp) },
    budget: BUDGET,
    identify,
    listCalendars: (access) => listCalendars(deps, access),
    pullChanges: (request) => pullChanges(deps, request),
  };
}
