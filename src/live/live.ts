/** The room's front: answers and calendars as they change, for those who follow them. */
import type { Offers } from '../offers/offers.ts';
import { createLiveAvailability, type LiveAvailability, type LiveAvailabilityDeps } from './availability.ts';
import { type CalendarStatus, type CalendarStatusDeps, createCalendarStatus } from './status/status.ts';

export type LiveDeps = Omit<LiveAvailabilityDeps, 'sources'> &
  CalendarStatusDeps & { offers: Pick<Offers, 'availability' | 'sources'> };

export interface Live {
  availability: LiveAvailability['availability'];
  /** Calendars' watch and sync state. */
  follow: CalendarStatus['follow'];
  close(): void;
}

export function createLive(deps: LiveDeps): Live {
  const availability = createLiveAvailability({ ...deps, sources: deps.offers.sources });
  const status = createCalendarStatus(deps);
  return {
    availability: availability.availability,
    follow: status.follow,
    close() {
      status.close();
      availability.close();
    },
  };
}
