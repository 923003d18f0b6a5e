/** The dependencies of holding, confirming, rescheduling and cancelling. */

import type { ReadSlotOffer } from '../offers/offer-at.ts';
import type { StrictRefresh } from '../offers/refresh.ts';
import type { Store } from '../store/client.ts';
import type { Clock } from '../time/clock.ts';
import type { AnnounceBooking } from './announce.ts';
import type { BlockRules } from './block-rules.ts';
import type { ChallengeGate } from './challenge/gate.ts';
import type { BookingChanges } from './change.ts';
import type { CountConfirmation } from './confirmation-limits.ts';
import type { HoldQuota } from './hold-quota.ts';
import type { WithHostLocks } from './host-locks.ts';
import type { BookingTokens } from './tokens.ts';
import type { VerifyAttendee } from './verification.ts';
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
  holdQuota: HoldQuota;
  blockRules: Pick<BlockRules, 'refuse'>;
  verifyAttendee: VerifyAttendee;
  countConfirmation: CountConfirmation;
  challenges: ChallengeGate;
  clock: Clock;
  /** How long a hold lasts, in milliseconds. */
  holdTtl: number;
}

/** Who asks to hold, book or move. */
export interface Caller {
  /** IP address, as `AddressOf` spells it. */
  address: string;
  /** The organisation whose event types the caller books by a key of scope BOOK; null: everywhere it is one of the public. */
  booksFor: string | null;
  admitRefresh: AdmitRefresh;
}

/** The limits of the public hold for this caller at event types of the organisation. */
export const isPublic = (caller: Pick<Caller, 'booksFor'>, organisation: string) =>
  caller.booksFor !== organisation;

/** What block rules look at: a key's holder books for others, so its own address says nothing. */
export const blockedBy = (caller: Caller, organisation: string, email: string | null) => ({
  address: isPublic(caller, organisation) ? caller.address : null,
  email,
});

/** Called before calendars of the event type's hosts are pulled; throws to refuse a caller that asks too often. */
export type AdmitRefresh = (eventType: string) => Promise<void>;
