/** What went wrong, and the button that tries again once that makes sense. */
import { useMemo } from 'preact/hooks';
import { useNow } from './hooks.ts';
import { type Deed, mustWait, type Problem, problemInWords, secondsUntil } from './problems.ts';

export interface TroubleProps {
  readonly problem: Problem;
  readonly deed: Deed;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  /** Null where the screen has its own button, or where trying again is no help. */
  readonly onAgain: (() => void) | null;
}

const AGAIN = new Set<Problem['kind']>(['limited', 'network', 'server', 'stale']);

export function Trouble({ problem, deed, clock, onAgain }: TroubleProps) {
  useNow(problem.kind === 'limited' ? 1_000 : null);
  const now = clock();
  // Said once, as it was when it came: what counts down is the button, which no one is interrupted by.
  const words = useMemo(() => problemInWords(problem, deed, clock()), [problem, deed, clock]);
  const wait = problem.kind === 'limited' ? secondsUntil(problem.until, now) : 0;
  return (
    <div class="notice trouble" data-problem={problem.kind}>
      <p role="alert">{words}</p>
      {onAgain && AGAIN.has(problem.kind) && (
        <button type="button" class="button" disabled={mustWait(problem, now)} onClick={onAgain}>
          {wait > 0 ? `Try again in ${wait} s` : 'Try again'}
        </button>
      )}
    </div>
  );
}
