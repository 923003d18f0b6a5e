/** One calendar as a source of busy time: how fresh and complete it is, and what that means for an answer. */
import type { BusyList } from '../availability/period.ts';
import type { Instant } from '../time/clock.ts';

/** Trigger of the last completed pull. */
export type Basis = 'NEVER' | 'POLL' | 'NOTIFICATION' | 'STRICT' | 'NATIVE';

/** Why a source can't be read, or not whole. */
export type Trouble = 'auth-revoked' | 'unreachable' | 'partial';

/** A calendar's busy time and how far to trust it. */
export interface CalendarBusy {
  /** Start of the last completed pull; null: never read. */
  provenAsOf: Instant | null;
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
  SOURCE_PARTIAL: 'Parts of this calendar could not be read.',
  OUTSIDE_COVERAGE: 'This calendar is not known over the whole window.',
  NO_CALENDARS: 'This host has no calendars connected; only working hours count.',
};

export interface SourceAssessment {
  issues: IssueCode[];
  /** Read within the bound, and known over the whole window. */
  complete: boolean;
  /** May its host be offered at all by a policy of FAIL_CLOSED, by one of WARN? */
  usable: { FAIL_CLOSED: boolean; WARN: boolean };
  /** Instant at which `complete` or `usable` change by time alone; null for never. */
  changesAt: Instant | null;
}

/** Bound on the age of a source. */
export interface AgeBound {
  /** Milliseconds. */
  staleAfter: number;
  /** Instant since which this request requires a proof; null without such a requirement. */
  provenSince: Instant | null;
}

/** Judges one source for a window [from, to). */
export function assessSource(
  source: Omit<CalendarBusy, 'busy'>,
  window: { from: Instant; to: Instant },
  now: Instant,
  { staleAfter, provenSince }: AgeBound,
): SourceAssessment {
  const { provenAsOf, coveredFrom, coveredTo, trouble } = source;
  const issues: IssueCode[] = [];
  const never = provenAsOf === null;
  const stale = !never && provenAsOf < Math.max(now - staleAfter, provenSince ?? now - staleAfter);
  const covers =
    coveredFrom !== null && coveredTo !== null && coveredFrom <= window.from && window.to <= coveredTo;
  if (never) issues.push('SOURCE_NEVER_SYNCED');
  if (stale) issues.push('SOURCE_STALE');
  if (trouble === 'auth-revoked') issues.push('SOURCE_AUTH_REVOKED');
  if (trouble === 'unreachable') issues.push('SOURCE_UNREACHABLE');
  if (trouble === 'partial') issues.push('SOURCE_PARTIAL');
  if (!never && !covers) issues.push('OUTSIDE_COVERAGE');
  return {
    issues,
    complete: !never && !stale && covers && trouble !== 'partial' && trouble !== 'auth-revoked',
    usable: {
      FAIL_CLOSED: !never && !stale && trouble !== 'auth-revoked' && trouble !== 'partial',
      WARN: !never,
    },
    changesAt: never || stale ? null : provenAsOf + staleAfter + 1,
  };
}
