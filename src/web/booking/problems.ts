/** Why an action failed, and the message that the visitor reads. Pure. */
import type { Fault } from '../live/operation.ts';
import { pageWords, say } from '../words.ts';

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

const UNCHANGED = {
  hold: 'problem.heldNot',
  confirm: 'problem.nothingLost',
  move: 'problem.stands',
  cancel: 'problem.mayStand',
} as const;

/** @param now the server's clock, epoch ms */
export function problemInWords(problem: Problem, action: AttemptedAction, now: number): string {
  const unchanged = say(UNCHANGED[action]);
  switch (problem.kind) {
    case 'taken':
      return say(action === 'move' ? 'problem.takenMove' : 'problem.taken');
    case 'not-offered':
      return say('problem.notOffered');
    case 'stale':
      return say(action === 'move' ? 'problem.staleMove' : 'problem.stale');
    case 'gone':
      return say(action === 'hold' || action === 'confirm' ? 'problem.gone' : 'problem.bookingGone');
    case 'limited': {
      const seconds = secondsUntil(problem.until, now);
      return seconds > 0
        ? say('problem.limited', { duration: waitInWords(seconds) })
        : say('problem.limitedNow');
    }
    case 'code':
      return codeInWords(problem);
    case 'blocked':
      return say('problem.blocked');
    case 'attendee-limit':
      return say('problem.attendeeLimit');
    case 'too-late':
      return say('problem.tooLate');
    case 'unproven':
      return say('problem.unproven', { unchanged });
    case 'network':
      return say('problem.network', { unchanged });
    case 'refused':
      return say('problem.refused');
    case 'server':
      return say('problem.server', { unchanged });
  }
}

/** What the page says while it tries again by itself to load what it needs. @param now the server's clock, epoch ms */
export function loadingProblemInWords(problem: Problem | null, isOnline: boolean, now: number): string {
  if (!isOnline) return say('problem.offline');
  if (problem?.kind !== 'limited') return say('problem.unreachable');
  const duration = waitInWords(Math.max(1, secondsUntil(problem.until, now)));
  return say('problem.limitedLoading', { duration });
}

function codeInWords({ reason, email, triesLeft }: Extract<Problem, { kind: 'code' }>): string {
  switch (reason) {
    case 'CODE_SENT':
      return say('code.sent', { email });
    case 'WRONG_CODE':
      return say('code.wrong', { count: triesLeft });
    case 'CODE_EXPIRED':
      return say('code.expired');
    case 'CODE_NOT_SENT':
      return say('code.notSent');
  }
}

/** In one unit, rounded up. */
function waitInWords(seconds: number): string {
  const { amount } = pageWords();
  if (seconds <= 90) return amount(seconds, 'second');
  if (seconds <= 90 * 60) return amount(Math.ceil(seconds / 60), 'minute');
  return amount(Math.ceil(seconds / 3_600), 'hour');
}

/** Whole seconds, at least one while it is not yet time. */
export const secondsUntil = (until: number, now: number): number =>
  Math.max(0, Math.ceil((until - now) / 1_000));

/** True while the server's rate limit makes a retry pointless. */
export const isRateLimited = (problem: Problem | null, now: number): boolean =>
  problem?.kind === 'limited' && now < problem.until;
