/** What holding, booking, moving and cancelling are made with. */

import type { ReadOfferAt } from '../offers/offer-at.ts';
import type { Refresh } from '../offers/refresh.ts';
import type { Store } from '../store/client.ts';
import type { Clock } from '../time/clock.ts';
import type { Announce } from './announce.ts';
import type { BookingChanges } from './change.ts';
import type { Locked } from './host-locks.ts';
import type { BookingTokens } from './tokens.ts';
import type { PlanWrites } from './writes/plan.ts';

export interface BookingsDeps {
  store: Store;
  locked: Locked;
  readOfferAt: ReadOfferAt;
  refresh: Refresh;
  changes: BookingChanges;
  planWrites: PlanWrites;
  announce: Announce;
  tokens: BookingTokens;
  clock: Clock;
  /** Milliseconds. */
  holdTtl: number;
}

/** Called before calendars of the event type's hosts are asked. Whoever asks too often is refused by what it throws. */
export type Admit = (eventType: string) => Promise<void>;
