/** The room's front: what hosts and teams offer, why they don't, and the rules that they offer it by. */

import type { EventTypeOffer } from '../availability/rules.ts';
import type { ReadThrough } from '../cache/read-through.ts';
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import { drawPullNumber } from '../store/calendars/leases.ts';
import type { Store } from '../store/client.ts';
import type { Publisher } from '../sync/publisher.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { type BusyRequest, createBusyQuery, type HostBusy } from './busy.ts';
import { createExplain, type Explain } from './explain.ts';
import { createReadSlotOffer, type ReadSlotOffer } from './offer-at.ts';
import { type AvailabilityQuery, createAvailabilityQuery } from './query.ts';
import type { RefreshHostCalendars, StrictRefresh } from './refresh.ts';
import { createRulebook, type Rulebook, type RulebookDeps } from './rulebook.ts';
import { createSources, type SourceValues } from './sources.ts';
import { createWhatIf, type RunWhatIf } from './what-if.ts';

export interface OffersDeps {
  store: Store;
  cache: ReadThrough;
  publisher: Pick<Publisher, 'change'>;
  jobs: JobQueue;
  moveTimes: RulebookDeps['moveTimes'];
  refreshCalendars: RefreshHostCalendars;
  clock: Clock;
  config: Pick<Config, 'POLL_INTERVAL' | 'POLL_INTERVAL_WATCHED' | 'STRICT_DEADLINE' | 'HISTORY_RETENTION'>;
}

export interface Offers extends AvailabilityQuery {
  busy(organisation: string, request: BusyRequest): Promise<HostBusy[]>;
  explain: Explain;
  whatIf: RunWhatIf;
  rulebook: Rulebook;
  /** How large an answer can get: known without a read for an event type that was asked for before, and perhaps outdated. */
  eventTypeSize(id: string): OfferSize | null | Promise<OfferSize | null>;
  /** Number of starts that are offered in a window of any length, from what is stored. @throws SlotwireError NOT_FOUND for an unknown event type. */
  countOpenStarts(eventType: string, window: { from: Instant; to: Instant }): Promise<number>;
  /** One start, from the store and in a transaction: what a hold and a booking rest on. */
  readSlotOffer: ReadSlotOffer;
  /** Reads calendars again, within STRICT_DEADLINE. */
  refresh: StrictRefresh;
  sources: SourceValues;
  /** In milliseconds, for event types that name none: three missed polls. */
  defaultStaleAfter: number;
}

/** What the size of an answer depends on. */
export interface OfferSize {
  /** Between two starts. Milliseconds. */
  interval: number;
  hosts: number;
  /** From now to the last start. Milliseconds; null: no end. */
  horizon: number | null;
}

const sizeOf = (type: EventTypeOffer | null): OfferSize | null =>
  type && { interval: type.rules.interval, hosts: type.hosts.length, horizon: type.rules.horizon };

export function createOffers({ cache, refreshCalendars, config, ...deps }: OffersDeps): Offers {
  const { store, clock, publisher } = deps;
  const sources = createSources(cache);
  const refresh: StrictRefresh = {
    arrive: async () => ({ at: clock.now(), number: await drawPullNumber(store) }),
    calendars: refreshCalendars,
    deadline: config.STRICT_DEADLINE,
  };
  const defaultStaleAfter = 3 * Math.max(config.POLL_INTERVAL, config.POLL_INTERVAL_WATCHED);
  const query = { sources, refresh, clock, defaultStaleAfter };
  const availabilityQuery = createAvailabilityQuery(query);
  return {
    ...availabilityQuery,
    async countOpenStarts(eventType, window) {
      const demand = { consistency: 'CACHED', maxAge: null, without: null } as const;
      const { slots } = await availabilityQuery.availability({ eventType, ...window, ...demand });
      return slots.starts.length;
    },
    busy: createBusyQuery(query),
    explain: createExplain({ ...query, store, retention: config.HISTORY_RETENTION }),
    whatIf: createWhatIf({ ...query, store }),
    rulebook: createRulebook({ publisher, jobs: deps.jobs, moveTimes: deps.moveTimes }),
    readSlotOffer: createReadSlotOffer({ defaultStaleAfter, clock }),
    eventTypeSize(id) {
      const type = sources.eventType(id);
      return type instanceof Promise ? type.then(sizeOf) : sizeOf(type);
    },
    refresh,
    sources,
    defaultStaleAfter,
  };
}
