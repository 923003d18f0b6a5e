/** The outcomes of holding, confirming, rescheduling and cancelling: plain objects, one per member of the API's unions. */
import type { Issue } from '../calendars/source.ts';
import type { PublicHost } from '../offers/query.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Instant } from '../time/clock.ts';
import type { BookingTokens } from './tokens.ts';

/** `token`: the secret of the booking's holder; null for a reader who has not proved a right to it. */
export type BookingWithToken = Booking & { token: string | null };

export interface Booked {
  is: 'Booking';
  booking: BookingWithToken;
}

/** A booking with its token, for a caller who has proved a right to it. */
export const bookedResult = (tokens: BookingTokens, booking: Booking): Booked => ({
  is: 'Booking',
  booking: { ...booking, token: tokens.sign(booking.id) },
});

/** A booking for a caller who changes it without its token. */
export const bookedWithoutToken = (booking: Booking): Booked => ({
  is: 'Booking',
  booking: { ...booking, token: null },
});

export interface SlotHold {
  is: 'SlotHold';
  token: string;
  /** The slot with the hosts that were assigned, and the seats that are left after them. */
  slot: { start: Instant; end: Instant; hosts: PublicHost[]; seatsLeft: number };
  expiresAt: Instant;
}

/** The request was refused; `message` is for the public. */
export interface Refused<Is extends string> {
  is: Is;
  message: string;
}

export type SlotTaken = Refused<'SlotTaken'>;
export type SlotNotOffered = Refused<'SlotNotOffered'>;
export type HoldExpired = Refused<'HoldExpired'>;
export type BookingNotFound = Refused<'BookingNotFound'>;
export type AttendeeLimit = Refused<'AttendeeLimit'>;
export type ChangeTooLate = Refused<'ChangeTooLate'>;
/** Why a code is wanted: one was sent; the one that came is wrong; or none of those that were sent is good any more, or none could be sent. */
export type VerificationReason = 'CODE_SENT' | 'WRONG_CODE' | 'CODE_EXPIRED' | 'CODE_NOT_SENT';

export type VerificationRequired = Refused<'VerificationRequired'> & {
  reason: VerificationReason;
  /** How often a code may still be tried. */
  triesLeft: number;
  /** Until when the code is good; the hold lives as long. Null: there is none. */
  expiresAt: Instant | null;
};

export type SourceStale = Refused<'SourceStale'> & { issues: Issue[] };

/** `challenge`: JSON for ALTCHA, see challenge/puzzle.ts, or for a provider's widget, see challenge/widget-tokens.ts. */
export type ChallengeRequired = Refused<'ChallengeRequired'> & { challenge: string };
/** A solution came, and whether it is right can't be found out. */
export type ChallengeUnavailable = Refused<'ChallengeUnavailable'>;

export type HoldResult = SlotHold | SlotTaken | SlotNotOffered | ChallengeRequired | ChallengeUnavailable;
export type ConfirmResult =
  | Booked
  | SlotTaken
  | HoldExpired
  | SourceStale
  | AttendeeLimit
  | VerificationRequired;
export type RescheduleResult =
  | Booked
  | SlotTaken
  | SlotNotOffered
  | SourceStale
  | BookingNotFound
  | AttendeeLimit
  | ChangeTooLate;
export type CancelResult = Booked | BookingNotFound | ChangeTooLate;

export const SLOT_TAKEN: SlotTaken = { is: 'SlotTaken', message: 'Somebody else took this time.' };
export const SLOT_NOT_OFFERED: SlotNotOffered = {
  is: 'SlotNotOffered',
  message: 'This time is not offered: look at the availability again.',
};
export const HOLD_EXPIRED: HoldExpired = {
  is: 'HoldExpired',
  message: 'This reservation is over: hold the slot again.',
};
export const ATTENDEE_LIMIT: AttendeeLimit = {
  is: 'AttendeeLimit',
  message: 'This e-mail address has as many upcoming bookings here as it may have.',
};
export const CHANGE_TOO_LATE: ChangeTooLate = {
  is: 'ChangeTooLate',
  message: 'It is too late to change this booking here: ask the host.',
};
export const BOOKING_NOT_FOUND: BookingNotFound = {
  is: 'BookingNotFound',
  message: 'There is no such booking, or it was cancelled.',
};
export const CHALLENGE_MESSAGE =
  'Many people ask for this at the moment: solve the challenge, and send its solution.';
export const CHALLENGE_UNAVAILABLE: ChallengeUnavailable = {
  is: 'ChallengeUnavailable',
  message: "The solution can't be checked at the moment: try again soon.",
};
export const sourceStale = (issues: Issue[]): SourceStale => ({
  is: 'SourceStale',
  message: "A calendar can't be checked at the moment: try again soon.",
  issues,
});

/** The issues of these hosts alone: issues of other hosts do not block the slot. */
export const issuesOfHosts = ({ issues }: { issues: readonly Issue[] }, hosts: readonly string[]): Issue[] =>
  issues.filter(({ host }) => host !== null && hosts.includes(host));
