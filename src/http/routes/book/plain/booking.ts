/** Books by one form: holds and confirms in one request, once for each form, however often it is sent. */
import type { Bookings } from '../../../../booking/bookings.ts';
import type { Caller } from '../../../../booking/deps.ts';
import {
  type ConfirmResult,
  HOLD_EXPIRED,
  type HoldExpired,
  type HoldResult,
} from '../../../../booking/outcome.ts';
import { SlotwireError } from '../../../../errors.ts';
import type { Words } from '../../../../languages/words.ts';

export type PlainBookings = Pick<Bookings, 'hold' | 'confirm' | 'cancel' | 'byToken'>;

export interface PlainRequest {
  readonly eventType: string;
  readonly start: number;
  readonly length: number;
  /** The form's, which becomes the hold's. */
  readonly token: string;
  readonly attendee: Parameters<Bookings['confirm']>[1];
}

export type PlainOutcome = ConfirmResult | Exclude<HoldResult, { is: 'SlotHold' }>;

/** @throws SlotwireError as hold and confirm do */
export async function bookByForm(
  { hold, confirm }: PlainBookings,
  { eventType, start, length, token, attendee }: PlainRequest,
  caller: Caller,
): Promise<PlainOutcome> {
  // Sent again, as after a wrong code, the form has its hold already.
  const before = await confirm(token, attendee, caller);
  if (before.is !== 'HoldExpired') return before;
  const held = await hold(eventType, start, caller, null, length, token).catch(overAsOutcome);
  if (held.is !== 'SlotHold' && held.is !== 'SlotTaken' && held.is !== 'HoldExpired') return held;
  // Sent twice at once, the form may have been refused what it has taken itself.
  const outcome = await confirm(token, attendee, caller);
  return outcome.is === 'HoldExpired' && held.is === 'SlotTaken' ? held : outcome;
}

/** The form's hold has been booked meanwhile, or has run out: then there is no other by this token. */
function overAsOutcome(error: unknown): HoldExpired {
  if (error instanceof SlotwireError && error.code === 'CONFLICT') return HOLD_EXPIRED;
  throw error;
}

/** Why nothing was booked, of a visitor who may try again with the same form. */
export function outcomeWords(
  outcome: Exclude<PlainOutcome, { is: 'Booking' }>,
  email: string,
  { say }: Words,
): string {
  switch (outcome.is) {
    case 'SlotTaken':
    case 'SlotNotOffered':
      return say('chosen.gone');
    case 'HoldExpired':
      return `${say('over.title')}. ${say('over.text')}`;
    case 'SourceStale':
      return say('problem.stale');
    case 'AttendeeLimit':
      return say('problem.attendeeLimit');
    case 'ChallengeRequired':
    case 'ChallengeUnavailable':
      return say('plain.robots');
    case 'VerificationRequired':
      return {
        CODE_SENT: say('code.sent', { email }),
        WRONG_CODE: say('code.wrong', { count: outcome.triesLeft }),
        CODE_EXPIRED: say('code.expired'),
        CODE_NOT_SENT: say('code.notSent'),
      }[outcome.reason];
  }
}

/** Why a request was refused; null where the visitor can do nothing about it. */
export function refusalWords(error: unknown, { say, amount }: Words): string | null {
  if (!(error instanceof SlotwireError)) return null;
  switch (error.code) {
    case 'RATE_LIMITED':
      return say('problem.limited', { duration: amount(error.details.retryAfter ?? 1, 'second') });
    case 'FORBIDDEN':
      return say('problem.blocked');
    case 'NOT_FOUND':
      return say('problem.gone');
    case 'BAD_USER_INPUT':
      return say('problem.refused');
    default:
      return null;
  }
}
