/** The page's skeleton while the first answer is loading. */
import { SkeletonWeek } from './week.tsx';

/** `failed`: the server did not answer, and the request is being retried. */
export function Loading({ failed, week = true }: { failed: boolean; week?: boolean }) {
  return (
    <main class="page" data-live="connecting" data-state="loading" aria-busy="true">
      <header class="head">
        <div class="bone bone-title" />
        <div class="bone bone-line" />
      </header>
      <p class="notice" role="status" hidden={!failed}>
        The server cannot be reached just now. Trying again…
      </p>
      {week && <SkeletonWeek />}
    </main>
  );
}
