/** Retries transactions on conflicts that a retry may resolve; a constraint that refuses the change is an answer. */

import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoffDelay } from '../async/backoff.ts';
import { sqlStateOf } from '../store/sql-state.ts';

/** Thrown by a transaction to be run again, because rows that were read before it have changed. */
export class RetryTransaction extends Error {
  override readonly name = 'RetryTransaction';
}

const ATTEMPTS_MAX = 6;
/** The waits between attempts, in milliseconds. */
const BACKOFF: Backoff = { first: 20, max: 320, jitter: 1 };
/** serialization_failure, deadlock_detected */
const RETRYABLE_STATES = ['40001', '40P01'];
/** unique_violation, exclusion_violation */
const CONSTRAINT_STATES = ['23505', '23P01'];

/**
 * Runs `work` again while it conflicts with other transactions, six times at most.
 * @returns the answer of `work`; `taken`, if given, when a constraint says that the time is taken
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
