/** Why an action failed, and the message that the visitor reads. Pure. */
import type { Fault } from '../live/operation.ts';

/** Fields of the page's forms, and of lists the item: `input.guests[0]` or `input.answers.company`. */
const FIELD = /(?:^|\binput\.)((?:name|email|notes|reason|phone|place|guests|answers)\b(?:[.[][\w-]+\]?)*)/;

export type Problem =
  | {
      readonly kind:
        | 'taken'
        | 'not-offered'
        | 'stale'
        | 'network'
        | 'server'
        | 'gone'
        | 'blocked'
        | 'attendee-limit'
        | 'too-late'
        | 'unproven';
    }
  /** `until`: epoch ms of the server's clock. */
  | { readonly kind: 'limited'; readonly until: number }
  /** A code is wanted, which was sent to `email` or is not good any more. */
  | {
      readonly kind: 'code';
      readonly email: string;
      readonly reason: 'CODE_SENT' | 'WRONG_CODE' | 'CODE_EXPIRED' | 'CODE_NOT_SENT';
      readonly triesLeft: number;
    }
  /** `field`: its path, as `name` or `answers.company`; null: not one of the page's. */
  | { readonly kind: 'refused'; readonly field: string | null };

/** The action that failed. */
export type AttemptedAction = 'hold' | 'confirm' | 'move' | 'cancel';

const DEFAULT_RETRY_AFTER = 5_000;

/** @param now the server's clock, epoch ms */
export function problemOf({ code, message, field, retryAfter }: Fault, now: number): Problem {
  switch (code) {
    case 'RATE_LIMITED':
      return { kind: 'limited', until: now + (retryAfter ?? DEFAULT_RETRY_AFTER) };
    case 'NETWORK':
      return { kind: 'network' };
    case 'FORBIDDEN':
      return { kind: 'blocked' };
    case 'NOT_FOUND':
      return { kind: 'gone' };
    case 'BAD_USER_INPUT':
      return { kind: 'refused', field: fieldOf(field ?? message) };
    default:
      return { kind: 'server' };
  }
}

const fieldOf = (text: string): string | null =>
  FIELD.exec(text)?.[1]?.replace(/\[([\w-]+)\]/g, '.$1') ?? null;

/** The problem for a member of a result union that is not a success. */
export function problemOfResult(member: string): Problem {
  switch (member) {
    case 'SlotTaken':
      return { kind: 'taken' };
    case 'SlotNotOffered':
      return { kind: 'not-offered' };
    case 'SourceStale':
      return { kind: 'stale' };
    case 'AttendeeLimit':
      return { kind: 'attendee-limit' };
    case 'ChangeTooLate':
      return { kind: 'too-late' };
    case 'BookingNotFound':
      return { kind: 'gone' };
    case 'ChallengeRequired':
    case 'ChallengeUnavailable':
      return { kind: 'unproven' };
    default:
      return { kind: 'server' };
  }
}

const UNCHANGED: Record<AttemptedAction, string> = {
  hold: 'The time is not held yet.',
  confirm: 'Nothing you wrote is lost.',
  move: 'Your booking stands as it was.',
  cancel: 'Your booking may still stand.',
};

/** @param now the server's clock, epoch ms */
export function problemInWords(problem: Problem, action: AttemptedAction, now: number): string {
  switch (problem.kind) {
    case 'taken':
      return action === 'move'
        ? 'Somebody else just took that time. Your booking stands as it was; please choose another time.'
        : 'Somebody else just took that time. Please choose another; the times shown are live.';
    case 'not-offered':
      return 'That time is not offered any more. Please choose another; the times shown are live.';
    case 'stale':
      return action === 'move'
        ? 'A calendar could not be checked just now. Your booking stands as it was; please try again in a moment.'
        : 'A calendar could not be checked just now. The time is still kept for you; please try again in a moment.';
    case 'gone':
      return action === 'hold' || action === 'confirm'
        ? 'This can no longer be booked. Please ask the person who sent you the link.'
        : 'This booking was cancelled, or is no longer there.';
    case 'limited': {
      const seconds = secondsUntil(problem.until, now);
      const wait = seconds > 0 ? `Please try again in ${waitInWords(seconds)}.` : 'Please try again now.';
      return `Too much was asked just now. ${wait}`;
    }
    case 'code':
      return codeInWords(problem);
    case 'blocked':
      return "This can't be booked online by you. Please ask the person who sent you the link.";
    case 'attendee-limit':
      return 'This e-mail address has as many upcoming bookings here as it may have.';
    case 'too-late':
      return 'It is too late to change this booking here. It stands as it was; please write to the host.';
    case 'unproven':
      return `We could not check that you are no robot. ${UNCHANGED[action]} Please try again.`;
    case 'network':
      return `The server could not be reached. ${UNCHANGED[action]} Please check your connection and try again.`;
    case 'refused':
      return 'The server did not accept that. Please check what you wrote.';
    case 'server':
      return `Something went wrong on our side. ${UNCHANGED[action]} Please try again.`;
  }
}

/** What the page says while it tries again by itself to load what it needs. @param now the server's clock, epoch ms */
export function loadingProblemInWords(problem: Problem | null, isOnline: boolean, now: number): string {
  if (!isOnline) return 'You are offline. This page goes on as soon as you are back.';
  if (problem?.kind !== 'limited') return 'The server cannot be reached just now. Trying again…';
  const wait = waitInWords(Math.max(1, secondsUntil(problem.until, now)));
  return `Too much was asked from your network just now. This page tries again by itself in ${wait}.`;
}

function codeInWords({ reason, email, triesLeft }: Extract<Problem, { kind: 'code' }>): string {
  switch (reason) {
    case 'CODE_SENT':
      return `A code of six digits is on its way to ${email}. Please enter it here.`;
    case 'WRONG_CODE':
      return `That is not the code that was sent. You can try ${triesLeft} more time${triesLeft === 1 ? '' : 's'}.`;
    case 'CODE_EXPIRED':
      return 'No code is good any more. Please ask for another.';
    case 'CODE_NOT_SENT':
      return "The code that proves your e-mail address can't be sent at the moment. Please ask the person who sent you the link.";
  }
}

function waitInWords(seconds: number): string {
  const [count, unit] =
    seconds <= 90
      ? [seconds, 'second']
      : seconds <= 90 * 60
        ? [Math.ceil(seconds / 60), 'minute']
        : [Math.ceil(seconds / 3_600), 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Whole seconds, at least one while it is not yet time. */
export const secondsUntil = (until: number, now: number): number =>
  Math.max(0, Math.ceil((until - now) / 1_000));

/** True while the server's rate limit makes a retry pointless. */
export const isRateLimited = (problem: Problem | null, now: number): boolean =>
  problem?.kind === 'limited' && now < problem.until;
