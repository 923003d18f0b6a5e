/** Live queries: availability and the state of calendars, as they change. */
import type { Offers } from '../offers/offers.ts';
import { createLiveAvailability, type LiveAvailability, type LiveAvailabilityDeps } from './availability.ts';
import { type CalendarStatus, type CalendarStatusDeps, createCalendarStatus } from './status/status.ts';

export type LiveDeps = Omit<LiveAvailabilityDeps, 'sources'> &
  CalendarStatusDeps & { offers: Pick<Offers, 'availability' | 'sources'> };

export interface Live {
  availability: LiveAvailability['availability'];
  /** Ids of calendars whose watch or sync state changed. */
  calendars: CalendarStatus['subscribe'];
  close(): void;
}

export function createLive(deps: LiveDeps): Live {
  const availability = createLiveAvailability({ ...deps, sources: deps.offers.sources });
  const status = createCalendarStatus(deps);
  return {
    availability: availability.availability,
    calendars: status.subscribe,
    close() {
      status.close();
      availability.close();
    },
  };
}
