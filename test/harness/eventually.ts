/** Waits for others' work, not for time: as long as a machine that is short of breath may need. */
import { setTimeout as pause } from 'node:timers/promises';
import { vi } from 'vitest';

export const WAIT_LIMIT = 30_000;

/** Asks until `check` doesn't throw, and resolves to its result. */
export const eventually = <T>(check: () => T | Promise<T>, interval = 50): Promise<T> =>
  vi.waitFor(check, { timeout: WAIT_LIMIT, interval });

type Nothing = null | undefined | false;

/** Asks until there is an answer. @throws after `ms`, which is far more than any machine needs. */
export async function until<T>(ask: () => T | Nothing | Promise<T | Nothing>, ms = WAIT_LIMIT): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${ask}`);
    await pause(20); // real time: between two looks
  }
}

/** Until the system's clock shows a later millisecond than all that was done before has seen. @returns that instant */
export const nextMillisecond = (): Promise<number> => {
  const before = Date.now();
  return until(() => Date.now() > before && Date.now());
};
