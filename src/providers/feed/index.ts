/** Calendars that are published at a secret address (RFC 5545 over https, `webcal:`). Polled, and only read. */
import { type Clock, MINUTE, systemClock } from '../../time/clock.ts';
import type { WebFetch } from '../http.ts';
import type { Reader } from '../ical-reader/reader.ts';
import type { Budget, CalendarProvider } from '../port.ts';
import { identify, listCalendars } from './calendars.ts';
import { pullChanges } from './pull.ts';
import { readSecret } from './secret.ts';

export interface FeedConfig {
  /** Guarded: the addresses come from hosts and from what answers there. */
  fetch: WebFetch;
  reader: Reader;
  /** May passwords go over http? */
  plain: boolean;
  clock?: Clock;
}

/** A request is a whole calendar, and one feed is one account. */
const BUDGET: Budget = { account: { requests: { count: 120, window: MINUTE } } };

export function createFeed({ fetch, reader, plain, clock = systemClock }: FeedConfig): CalendarProvider {
  const deps = { fetch, reader, clock };
  return {
    name: 'feed',
    secret: { read: (given) => readSecret(given, plain) },
    budget: BUDGET,
    identify,
    listCalendars: (access) => listCalendars(deps, access),
    pullChanges: (request) => pullChanges(deps, request),
  };
}
