/** The page's skeleton while the first answer is loading, and why that takes long. */
import { useMemo } from 'preact/hooks';
import { say } from '../words.ts';
import { useOnline } from './hooks.ts';
import { loadingProblemInWords, type Problem } from './problems.ts';
import { SkeletonWeek } from './week.tsx';

export interface DelayNoticeProps {
  /** Why there is no answer yet, while the request is being retried; null: it is on its way. */
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
}

/** The notice names the wait once and doesn't count down, which a screen reader would read out each second. */
export function DelayNotice({ problem, clock }: DelayNoticeProps) {
  const isOnline = useOnline();
  const message = useMemo(
    () => (problem || !isOnline ? loadingProblemInWords(problem, isOnline, clock()) : ''),
    [problem, isOnline, clock],
  );
  return (
    <p class="notice" role="status" data-delay={problem?.kind} hidden={message === ''}>
      {message}
    </p>
  );
}

interface LoadingProps extends DelayNoticeProps {
  /** The server's challenge is being solved. */
  readonly checking?: boolean;
  readonly week?: boolean;
}

export function Loading({ problem, clock, checking = false, week = true }: LoadingProps) {
  return (
    <main class="page" data-live="connecting" data-state="loading" aria-busy="true">
      <header class="head">
        <div class="bone bone-title" />
        <div class="bone bone-line" />
      </header>
      {checking ? (
        <p class="notice" role="status">
          {say('hold.checking')}
        </p>
      ) : (
        <DelayNotice problem={problem} clock={clock} />
      )}
      {week && <SkeletonWeek />}
    </main>
  );
}
