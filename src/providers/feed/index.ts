/** Calendars that are published at a secret address (RFC 5545 over https, `webcal:`). Polled, and only read. */
import { type Clock, MINUTE, systemClock } from '../../time/clock.ts';
import type { HttpFetch } from '../http.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import type { CalendarProvider, RequestBudget } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { pullChanges } from './pull.ts';
import { parseSecretInput } from './secret.ts';

export interface FeedConfig {
  /** Guarded: the addresses come from hosts and from what answers there. */
  fetch: HttpFetch;
  reader: IcalReader;
  /** May passwords go over http? */
  allowHttp: boolean;
  clock?: Clock;
}

/** A request is a whole calendar, and one feed is one account. */
const BUDGET: RequestBudget = { account: { requests: { count: 120, window: MINUTE } } };

export function createFeed({ fetch, reader, allowHttp, clock = systemClock }: FeedConfig): CalendarProvider {
  const deps = { fetch, reader, clock };
  return {
    name: 'feed',
    secret: { parse: (given) => parseSecretInput(given, allowHttp) },
    budget: BUDGET,
    identify,
    listCalendars: (access) => listCalendars(deps, access),
    pullChanges: (request) => pullChanges(deps, request),
  };
}
