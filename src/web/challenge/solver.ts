/** Solves a challenge of either kind: a proof of work unseen, a provider's widget with the visitor. Loaded by the booking page only then. */
import type { Words } from '../../languages/words.ts';
import { readWidget, showWidget } from './widget.ts';

/** The worker's file lies beside this one. */
const WORKER = 'solve.js';
/** Even a slow phone is through after a few seconds. Milliseconds. */
const SOLVE_DEADLINE = 60_000;

/**
 * @returns the solution; null when there is none: in time, before the signal was aborted, or because the visitor or the widget gave up
 */
export type SolveChallenge = (challenge: string, signal: AbortSignal) => Promise<string | null>;

/** @param say the page's words: this part has none of its own */
export async function solve(
  challenge: string,
  signal: AbortSignal,
  say: Words['say'],
): Promise<string | null> {
  if (signal.aborted) return null;
  const widget = readWidget(challenge);
  return widget ? showWidget(widget, signal, say) : solveInWorker(challenge, signal);
}

/** In a worker, so that the page stays at hand meanwhile. */
const solveInWorker: SolveChallenge = (challenge, signal) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL(WORKER, import.meta.url));
    const end = (solution: string | null) => {
      worker.terminate();
      clearTimeout(timer);
      resolve(solution);
    };
    const timer = setTimeout(end, SOLVE_DEADLINE, null);
    signal.onabort = () => end(null);
    worker.onerror = () => end(null);
    worker.onmessage = ({ data }: MessageEvent<string | null>) => end(data);
    worker.postMessage(challenge);
  });
