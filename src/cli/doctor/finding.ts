/** What a check of `slotwire doctor` found, and how a check is run: with an end, and without harm to the others. */
import { DeadlineError, withDeadline } from '../../async/deadline.ts';
import { StartError } from '../../errors.ts';
import { sqlStateOf } from '../../store/sql-state.ts';
import { SECOND } from '../../time/clock.ts';

/** `skipped`: it could not be looked at, because of what another check found. */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Finding {
  /** What was looked at: a few words, the same in each run. */
  check: string;
  status: FindingStatus;
  /** One line. No secret is in it. */
  finding: string;
  /** What the operator is to do; null where there is nothing to do, or where `finding` says it. */
  advice: string | null;
}

/** Makes the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (finding: string): Finding => ({ check, status: 'ok', finding, advice: null }),
  warning: (finding: string, advice: string): Finding => ({ check, status: 'warning', finding, advice }),
  failed: (finding: string, advice: string | null): Finding => ({ check, status: 'failed', finding, advice }),
  skipped: (finding: string): Finding => ({ check, status: 'skipped', finding, advice: null }),
});

/**
 * Runs one check to its end. Never rejects: a check that fails or takes too long is a finding itself.
 * @param limit milliseconds
 */
export async function runCheck(
  check: string,
  limit: number,
  work: (signal: AbortSignal) => Promise<Finding[]>,
): Promise<Finding[]> {
  const { failed } = findingsOf(check);
  try {
    return await withDeadline(limit, undefined, work);
  } catch (error) {
    if (error instanceof DeadlineError) {
      return [failed(`no answer within ${limit / SECOND} s`, 'Look whether it hangs, and run this again.')];
    }
    // A StartError says what to do in its second half.
    if (error instanceof StartError) return [failed(oneLine(error.message), null)];
    return [failed(`could not be checked: ${describeError(error)}`, 'Look at the log of the gateway.')];
  }
}

const oneLine = (text: string) => text.replace(/\s*\n\s*/g, '; ');

/** The last line of a message is its reason: Prisma writes the query before it. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const state = sqlStateOf(error);
  const reason = error.message.trim().split('\n').at(-1) ?? error.name;
  return state && !reason.includes(state) ? `${reason} (${state})` : reason;
}
