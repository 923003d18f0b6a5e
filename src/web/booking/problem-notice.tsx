/** A problem's message, and a button that retries once that can help. */
import { useMemo } from 'preact/hooks';
import { say } from '../words.ts';
import { useNow } from './hooks.ts';
import {
  type AttemptedAction,
  isRateLimited,
  type Problem,
  problemInWords,
  secondsUntil,
} from './problems.ts';

export interface ProblemNoticeProps {
  readonly problem: Problem;
  readonly action: AttemptedAction;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  /** Null where the screen has its own button, or where a retry can't help. */
  readonly onRetry: (() => void) | null;
}

const RETRYABLE = new Set<Problem['kind']>(['limited', 'network', 'server', 'stale', 'unproven']);

export function ProblemNotice({ problem, action, clock, onRetry }: ProblemNoticeProps) {
  useNow(problem.kind === 'limited' ? 1_000 : null);
  const now = clock();
  // The message stays as it was when the problem appeared: only the button counts down, which no screen reader announces.
  const message = useMemo(() => problemInWords(problem, action, clock()), [problem, action, clock]);
  const wait = problem.kind === 'limited' ? secondsUntil(problem.until, now) : 0;
  return (
    <div class="notice trouble" data-problem={problem.kind}>
      <p role="alert">{message}</p>
      {onRetry && RETRYABLE.has(problem.kind) && (
        <button type="button" class="button" disabled={isRateLimited(problem, now)} onClick={onRetry}>
          {wait > 0 && wait < 1_000 ? say('action.retryIn', { seconds: wait }) : say('action.retry')}
        </button>
      )}
    </div>
  );
}
