/** Large operations go one behind the other, so that the answers that are being made at the same time fit into the memory. */

import { turnOfLoop } from '../../async/event-loop.ts';
import { rateLimited } from '../../errors.ts';
import { SECOND } from '../../time/clock.ts';

/**
 * Kinds of operations by their fields, the largest first, and how many of a kind run at the same time. A field of an answer takes
 * some 70 bytes until the answer is written, and its text up to ANSWER_MAX three times. Those over 150,000 only a key may ask.
 */
const KINDS = [
  { from: 150_001, permits: 1 },
  { from: 20_000, permits: 4 },
  { from: 10_000, permits: 8 },
] as const;
/** What has less never waits: a page's week with three hosts, on a grid of a quarter of an hour, has 7,000. */
const LARGE = KINDS[2].from;
export const isLarge = (cost: number) => cost >= LARGE;

/** How work waits that a caller asked for and may ask for again. */
export interface WaitLimits {
  /** The longest that it waits for its turn. Milliseconds. */
  time: number;
  /** How much of a kind waits: what is behind that many would hardly have its turn in time. */
  all: number;
  /** The same of one caller. */
  perCaller: number;
}

/** Of requests. */
export const REQUESTS: WaitLimits = { time: 10 * SECOND, all: 500, perCaller: 100 };

export interface Lanes {
  /**
   * Runs the work at once when its cost is small, else when it is its turn: callers have theirs one after another, however much
   * each has waiting.
   * @param cost fields, as estimated
   * @param caller for whom it is, as an address
   * @throws SlotwireError RATE_LIMITED when its turn does not come, or too much waits already
   */
  run<T>(cost: number, caller: string, work: () => T | Promise<T>): T | Promise<T>;
}

/** @param limits null: work waits as long as it takes, and as much as comes */
export function createLanes(limits: WaitLimits | null): Lanes {
  const lanes = KINDS.map(({ from, permits }) => ({ from, run: createLane(permits, limits) }));
  return {
    run(cost, caller, work) {
      const lane = lanes.find(({ from }) => cost >= from);
      return lane ? lane.run(caller, work) : work();
    },
  };
}

function createLane(permits: number, limits: WaitLimits | null) {
  let free = permits;
  const queue = createQueue();

  function turn(caller: string): Promise<void> {
    if (limits && (queue.length() >= limits.all || queue.lengthOf(caller) >= limits.perCaller))
      throw rateLimited(SECOND);
    return new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      queue.add(caller, enter);
      const giveUp = ({ time }: WaitLimits) => {
        queue.remove(caller, enter);
        reject(rateLimited(time));
      };
      const timer = limits ? setTimeout(giveUp, limits.time, limits) : undefined;
    });
  }

  return async <T>(caller: string, work: () => T | Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await turn(caller);
    try {
      await turnOfLoop();
      const result = await work();
      await turnOfLoop();
      return result;
    } finally {
      // The permit is handed on directly, so that no newcomer overtakes.
      const next = queue.next();
      if (next) next();
      else free++;
    }
  };
}

/** What waits: first come, first served among the work of one caller, and callers in turns. */
function createQueue() {
  /** Never with an empty list. The caller whose turn it is comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let length = 0;

  function keep(caller: string, entries: (() => void)[]) {
    if (entries.length > 0) waiting.set(caller, entries);
    else waiting.delete(caller);
  }

  return {
    length: () => length,
    lengthOf: (caller: string) => waiting.get(caller)?.length ?? 0,
    add(caller: string, enter: () => void) {
      waiting.set(caller, [...(waiting.get(caller) ?? []), enter]);
      length++;
    },
    remove(caller: string, enter: () => void) {
      const left = (waiting.get(caller) ?? []).filter((entry) => entry !== enter);
      keep(caller, left);
      length--;
    },
    next(): (() => void) | undefined {
      const [first] = waiting;
      if (!first) return undefined;
      const [caller, [enter, ...others]] = first;
      // To the end of the line.
      waiting.delete(caller);
      keep(caller, others);
      length--;
      return enter;
    },
  };
}
