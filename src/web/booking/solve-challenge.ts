/** Solves challenges by a part of the page that is loaded only then. */
import type { SolveChallenge } from '../challenge/solver.ts';
import { say } from '../words.ts';

let loading: Promise<typeof import('../challenge/solver.ts')> | null = null;
/** Another address for each try: browsers remember that a module could not be loaded. */
let tries = 0;

export const solveChallenge: SolveChallenge = async (challenge, signal) => {
  // The file lies beside the page's script.
  loading ??= import(new URL(`challenge.js?${tries++}`, import.meta.url).href);
  try {
    return await (await loading).solve(challenge, signal, say);
  } catch {
    loading = null;
    return null;
  }
};
