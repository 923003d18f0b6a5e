/** One calendar as a source of busy time: how fresh and complete it is, and what that means for an answer. */
import type { BusyList } from '../availability/period.ts';
import { type Instant, SECOND } from '../time/clock.ts';

/** Trigger of the last completed pull. */
export type Basis = 'NEVER' | 'POLL' | 'NOTIFICATION' | 'STRICT' | 'NATIVE';

/**
 * Why a source can't be read, or not whole. `partial`: time may be taken that isn't known. `approximate`: some event's place
 * in time is in doubt, and all the time that it may take is busy.
 */
export type Trouble = 'auth-revoked' | 'unreachable' | 'partial' | 'approximate';

/** A calendar's busy time and how far to trust it. */
export interface CalendarBusy {
  /** Start of the last completed pull; null: never read. */
  provenAsOf: Instant | null;
  /** That pull's number; null: never read, or read by a version that had no numbers. */
  provenPull: number | null;
  basis: Basis;
  /** Known over [coveredFrom, coveredTo). */
  coveredFrom: Instant | null;
  coveredTo: Instant | null;
  trouble: Trouble | null;
  busy: BusyList;
}

export type IssueCode =
  | 'SOURCE_NEVER_SYNCED'
  | 'SOURCE_STALE'
  | 'SOURCE_AUTH_REVOKED'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_PARTIAL'
  | 'OUTSIDE_COVERAGE'
  | 'NO_CALENDARS';

export interface Issue {
  code: IssueCode;
  host: string | null;
  calendar: string | null;
  message: string;
}

export const ISSUE_MESSAGE: Record<IssueCode, string> = {
  SOURCE_NEVER_SYNCED: 'This calendar was never read.',
  SOURCE_STALE: 'This calendar was last read longer ago than the event type allows.',
  SOURCE_AUTH_REVOKED: 'Access to this calendar was withdrawn; its host must connect it again.',
  SOURCE_UNREACHABLE: 'The last attempt to read this calendar failed.',
  SOURCE_PARTIAL: 'Parts of this calendar could not be read, or not for certain.',
  OUTSIDE_COVERAGE: 'This calendar is not known over the whole window.',
  NO_CALENDARS: 'This host has no calendars connected; only working hours count.',
};

export interface SourceAssessment {
  issues: IssueCode[];
  /** Read within the bound, and known for certain over the whole window. */
  complete: boolean;
  /** May its host be offered at all by a policy of FAIL_CLOSED, by one of WARN? */
  usable: { FAIL_CLOSED: boolean; WARN: boolean };
  /** Instant at which `complete` or `usable` change by time alone; null for never. */
  changesAt: Instant | null;
}

/**
 * When a request came. Pulls draw their numbers from the same sequence, so that one that began after the request has a
 * greater number: two processes' clocks need not be compared.
 */
export interface Arrival {
  at: Instant;
  number: number;
}

/** Bound on the age of a source. */
export interface AgeBound {
  /** Milliseconds. */
  staleAfter: number;
  /** Instant since which this request requires a proof; null without such a requirement. */
  provenSince: Instant | null;
  /** The request requires a pull that began after it came, and takes one from `provenSince` on too. Absent or null: it doesn't. */
  readAfter?: Arrival | null;
  /** The clock of this process can't be trusted, so that the age of no source is known. Absent: it can. */
  clockUntrusted?: boolean;
}

/** An instant that lies further ahead than this was written by a clock that was wrong then, or is read by one that is wrong now. */
export const CLOCK_TOLERANCE = 2 * SECOND;

/** Does the proof meet what the request requires, beyond the event type's own bound? */
export function meetsDemand(
  { provenAsOf, provenPull }: Pick<CalendarBusy, 'provenAsOf' | 'provenPull'>,
  { provenSince, readAfter = null }: Pick<AgeBound, 'provenSince' | 'readAfter'>,
): boolean {
  if (provenAsOf === null) return false;
  if (provenSince === null && readAfter === null) return true;
  if (provenSince !== null && provenAsOf >= provenSince) return true;
  if (readAfter === null || provenPull === null || provenPull <= readAfter.number) return false;
  // A database that lost its last writes draws numbers again: the instants must agree as far as clocks do.
  return provenAsOf >= readAfter.at - CLOCK_TOLERANCE;
}

/** Is this instant further ahead than the clocks of two processes ever are? Then it says nothing. */
export const isFromTheFuture = (instant: Instant, now: Instant): boolean => instant > now + CLOCK_TOLERANCE;

/** Judges one source for a window [from, to). */
export function assessSource(
  source: Omit<CalendarBusy, 'busy'>,
  window: { from: Instant; to: Instant },
  now: Instant,
  bound: AgeBound,
): SourceAssessment {
  const { staleAfter, clockUntrusted = false } = bound;
  const { provenAsOf, coveredFrom, coveredTo, trouble } = source;
  const issues: IssueCode[] = [];
  const never = provenAsOf === null;
  const future = !never && isFromTheFuture(provenAsOf, now);
  const stale =
    !never && (clockUntrusted || future || provenAsOf < now - staleAfter || !meetsDemand(source, bound));
  const covers =
    coveredFrom !== null && coveredTo !== null && coveredFrom <= window.from && window.to <= coveredTo;
  if (never) issues.push('SOURCE_NEVER_SYNCED');
  if (stale) issues.push('SOURCE_STALE');
  if (trouble === 'auth-revoked') issues.push('SOURCE_AUTH_REVOKED');
  if (trouble === 'unreachable') issues.push('SOURCE_UNREACHABLE');
  if (trouble === 'partial' || trouble === 'approximate') issues.push('SOURCE_PARTIAL');
  if (!never && !covers) issues.push('OUTSIDE_COVERAGE');
  /** A proof from the future counts once its instant has come. */
  const changesAt =
    never || clockUntrusted
      ? null
      : future
        ? provenAsOf - CLOCK_TOLERANCE
        : stale
          ? null
          : provenAsOf + staleAfter + 1;
  return {
    issues,
    complete: !never && !stale && covers && (trouble === null || trouble === 'unreachable'),
    // An approximate calendar has nothing free that may be taken.
    usable: {
      FAIL_CLOSED: !never && !stale && trouble !== 'auth-revoked' && trouble !== 'partial',
      WARN: !never,
    },
    changesAt,
  };
}
