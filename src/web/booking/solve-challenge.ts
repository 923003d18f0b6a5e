/** Solves challenges in a worker, which is loaded only then, so that the page stays at hand meanwhile. */

/** The worker's file lies beside the page's script. */
const WORKER = 'solve.js';
/** Even a slow phone is through after a few seconds. Milliseconds. */
const SOLVE_DEADLINE = 60_000;

/**
 * @returns the solution; null when there is none: within a minute, before the signal was aborted, or because the worker can't be loaded
 */
export type SolveChallenge = (challenge: string, signal: AbortSignal) => Promise<string | null>;

export const solveInWorker: SolveChallenge = (challenge, signal) =>
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
