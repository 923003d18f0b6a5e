/** The dependencies of holding, confirming, rescheduling and cancelling. */

import type { ReadSlotOffer } from '../offers/offer-at.ts';
import type { StrictRefresh } from '../offers/refresh.ts';
import type { Store } from '../store/client.ts';
import type { Clock } from '../time/clock.ts';
import type { AnnounceBooking } from './announce.ts';
import type { BookingChanges } from './change.ts';
import type { WithHostLocks } from './host-locks.ts';
import type { BookingTokens } from './tokens.ts';
import type { PlanWrites } from './writes/plan.ts';

export interface BookingsDeps {
  store: Store;
  withHostLocks: WithHostLocks;
  readSlotOffer: ReadSlotOffer;
  refresh: StrictRefresh;
  changes: BookingChanges;
  planWrites: PlanWrites;
  announce: AnnounceBooking;
  tokens: BookingTokens;
  clock: Clock;
  /** How long a hold lasts, in milliseconds. */
  holdTtl: number;
}

/** Called before calendars of the event type's hosts are pulled; throws to refuse a caller that asks too often. */
export type AdmitRefresh = (eventType: string) => Promise<void>;
