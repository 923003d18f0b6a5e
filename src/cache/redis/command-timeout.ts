/** No caller waits long for Redis: a command without an answer within a second is refused, and the next ones at once. */
import type { Backoff } from '../../async/backoff.ts';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';

/** For connecting, and for the answer to a command. Milliseconds. */
export const COMMAND_TIMEOUT = 1_000;

export interface CommandTimeouts {
  /** @throws what `command` throws; CommandTimeoutError after a second, and at once while an answer is overdue. */
  run<T>(command: () => Promise<T>): Promise<T>;
  /** A new connection was opened: answers that the old one owes count no more. */
  reset(): void;
  isOverdue(): boolean;
}

/** @param onOverdue is called when an answer becomes overdue, once until an answer comes. */
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
        // Even a late answer shows that Redis answers again.
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

/** With jitter, as a thousand gateways must not reconnect in the same moment. */
export const RECONNECT: Backoff = { first: 50, max: 2_000, jitter: 0.5 };
