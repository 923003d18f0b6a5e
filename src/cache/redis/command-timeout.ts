/** Nothing ever hangs on Redis: what isn't answered within a second is refused, and all that comes after it at once. */

import type { Backoff } from '../../async/backoff.ts';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';

/** For connecting, and for the answer to a command. */
export const PATIENCE = 1_000;

export interface Patience {
  /** @throws what `command` throws; at once while an answer is overdue and none has come since. */
  run<T>(command: () => Promise<T>): Promise<T>;
  /** There is a new connection: what the old one owes counts no more. */
  renew(): void;
  overdue(): boolean;
}

/** @param onOverdue called when an answer is overdue, once until one comes. */
export function createPatience(onOverdue: () => void = () => {}): Patience {
  let overdue = false;

  function giveUp() {
    if (overdue) return;
    overdue = true;
    onOverdue();
  }

  return {
    async run(command) {
      if (overdue) throw new OverdueError(SILENT);
      const answered = async () => {
        const answer = await command();
        // However late it comes.
        overdue = false;
        return answer;
      };
      return withDeadline(PATIENCE, undefined, answered).catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        giveUp();
        throw new OverdueError(SILENT);
      });
    },
    renew() {
      overdue = false;
    },
    overdue: () => overdue,
  };
}

const SILENT = 'Redis does not answer.';

export class OverdueError extends Error {}

/** A thousand gateways must not come back in the same moment. */
export const RECONNECT: Backoff = { first: 50, most: 2_000, jitter: 0.5 };
