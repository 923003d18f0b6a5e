/** Conflicts between transactions: those that a retry may resolve are retried, a constraint that refuses the change is an answer. */

import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoffDelay } from '../async/backoff.ts';

/** A transaction throws it to be run again: what was read before it has changed. */
export class RetryTransaction extends Error {
  override readonly name = 'Again';
}

const ATTEMPTS_MAX = 6;
/** Milliseconds. */
const BACKOFF: Backoff = { first: 20, max: 320, jitter: 1 };
/** serialization_failure, deadlock_detected */
const RETRYABLE_STATES = ['40001', '40P01'];
/** unique_violation, exclusion_violation */
const CONSTRAINT_STATES = ['23505', '23P01'];

/**
 * Runs `work` again while it conflicts with other transactions, six times at most.
 * @returns what it answers; `taken`, if it is given, when a constraint says that the time is somebody else's.
 */
export async function retryOnConflict<T>(work: () => Promise<T>, taken?: T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const state = sqlStateOf(error);
      if (taken !== undefined && CONSTRAINT_STATES.includes(state)) return taken;
      const isRetryable = error instanceof RetryTransaction || RETRYABLE_STATES.includes(state);
      if (!isRetryable || attempt === ATTEMPTS_MAX) throw error;
      await pause(backoffDelay(BACKOFF, attempt - 1));
    }
  }
}

/** Prisma tells it in several ways: by a code of its own, or somewhere below the error. */
export function sqlStateOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 6; depth++) {
    const { code, originalCode, cause, meta } = at as Record<string, unknown>;
    if (typeof originalCode === 'string') return originalCode;
    if (code === 'P2034') return '40001';
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('P2')) return code;
    const below = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError ?? cause;
    if (below === undefined && code === 'P2002') return '23505';
    at = below;
  }
  return '';
}
