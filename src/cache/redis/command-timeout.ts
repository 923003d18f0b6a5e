/** Nothing ever hangs on Redis: what isn't answered within a second is refused, and all that comes after it at once. */

/** For connecting, and for the answer to a command. */
export const PATIENCE = 1_000;

const BACKOFF_FIRST = 50;
const BACKOFF_MOST = 2_000;

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
      const work = command().then((answer) => {
        // However late it comes.
        overdue = false;
        return answer;
      });
      return within(PATIENCE, work, giveUp);
    },
    renew() {
      overdue = false;
    },
    overdue: () => overdue,
  };
}

const SILENT = 'Redis does not answer.';

export class OverdueError extends Error {}

/** @throws after so many milliseconds, whatever becomes of the work. */
export function within<T>(ms: number, work: Promise<T>, onLate: () => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      onLate();
      reject(new OverdueError(SILENT));
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}

/** Doubles, and between half of it and all: a thousand gateways must not come back in the same moment. */
export const backoff = (retries: number) =>
  Math.min(BACKOFF_FIRST * 2 ** retries, BACKOFF_MOST) * (0.5 + Math.random() / 2);
