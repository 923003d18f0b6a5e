/** Large operations go one behind the other, so that the answers that are being made at the same time fit into the memory. */

import { rateLimited } from '../../errors.ts';
import { SECOND } from '../../time/clock.ts';

/** Fields from which on an operation is large. A page's week has a tenth of them. */
const LARGE = 20_000;
export const isLarge = (cost: number) => cost >= LARGE;
/** Fields from which on it is huge: only a key may ask so much. */
const HUGE = 150_000;
/** Operations of a kind at the same time. A field of an answer takes some 70 bytes until the answer is sent. */
const PERMITS = { large: 4, huge: 1 } as const;
/** The longest that a request waits for its turn. Milliseconds. */
export const TURN_MAX = 10 * SECOND;

export interface Lanes {
  /**
   * Runs the work at once when its cost is small, else when it is its turn.
   * @param cost fields, as estimated
   * @throws SlotwireError RATE_LIMITED when its turn does not come
   */
  run<T>(cost: number, work: () => T | Promise<T>): T | Promise<T>;
}

/** @param most milliseconds that work waits for its turn; null: as long as it takes */
export function createLanes(most: number | null): Lanes {
  const [large, huge] = [createLane(PERMITS.large, most), createLane(PERMITS.huge, most)];
  return {
    run: (cost, work) => (!isLarge(cost) ? work() : (cost <= HUGE ? large : huge)(work)),
  };
}

/** Lets other work go on, between two parts of what a large answer needs. */
export const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

function createLane(permits: number, most: number | null) {
  let free = permits;
  const waiting: (() => void)[] = [];

  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.push(enter);
      const timer =
        most === null
          ? undefined
          : setTimeout(() => {
              waiting.splice(waiting.indexOf(enter), 1);
              reject(rateLimited(most));
            }, most);
    });

  return async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await turn();
    try {
      const result = await work();
      await turnOfLoop();
      return result;
    } finally {
      // The permit is handed on directly, so that no newcomer overtakes.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
