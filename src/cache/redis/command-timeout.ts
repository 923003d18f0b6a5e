/** Nothing ever hangs on Redis: what isn't answered within a second is refused, and all that comes after it at once. */

import type { Backoff } from '../../async/backoff.ts';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';

/** For connecting, and for the answer to a command. */
export const COMMAND_TIMEOUT = 1_000;

export interface CommandTimeouts {
  /** @throws what `command` throws; at once while an answer is overdue and none has come since. */
  run<T>(command: () => Promise<T>): Promise<T>;
  /** There is a new connection: what the old one owes counts no more. */
  reset(): void;
  isOverdue(): boolean;
}

/** @param onOverdue called when an answer is overdue, once until one comes. */
export function createCommandTimeouts(onOverdue: () => void = () => {}): CommandTimeouts {
  let isOverdue = false;

  function markOverdue() {
    if (isOverdue) return;
    isOverdue = true;
    onOverdue();
  }

  return {
    async run(command) {
      if (isOverdue) throw new CommandTimeoutError(NO_ANSWER);
      const answered = async () => {
        const answer = await command();
        // However late it comes.
        isOverdue = false;
        return answer;
      };
      return withDeadline(COMMAND_TIMEOUT, undefined, answered).catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        markOverdue();
        throw new CommandTimeoutError(NO_ANSWER);
      });
    },
    reset() {
      isOverdue = false;
    },
    isOverdue: () => isOverdue,
  };
}

const NO_ANSWER = 'Redis does not answer.';

export class CommandTimeoutError extends Error {}

/** A thousand gateways must not come back in the same moment. */
export const RECONNECT: Backoff = { first: 50, max: 2_000, jitter: 0.5 };
