/** The page's skeleton while the first answer is loading. */
import { SkeletonWeek } from './week.tsx';
import { CHECKING } from './wording.ts';

interface LoadingProps {
  /** The server did not answer, and the request is being retried. */
  readonly failed: boolean;
  /** The server's challenge is being solved. */
  readonly checking?: boolean;
  readonly week?: boolean;
}

export function Loading({ failed, checking = false, week = true }: LoadingProps) {
  return (
    <main class="page" data-live="connecting" data-state="loading" aria-busy="true">
      <header class="head">
        <div class="bone bone-title" />
        <div class="bone bone-line" />
      </header>
      <p class="notice" role="status" hidden={!failed && !checking}>
        {checking ? CHECKING : 'The server cannot be reached just now. Trying again…'}
      </p>
      {week && <SkeletonWeek />}
    </main>
  );
}
