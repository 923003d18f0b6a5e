/** Signs of life of open streams: each is asked once an interval, all on one timer, and never all at once. */

export interface Beating {
  /** Once an interval. */
  beat(): void;
}

export interface Heartbeat {
  /** @returns takes it away again. */
  add(beating: Beating): () => void;
  stop(): void;
}

/** Parts of the interval, each with its share of the streams. */
const PARTS = 12;

/** @param interval milliseconds */
export function createHeartbeat(interval: number): Heartbeat {
  const parts = Array.from({ length: PARTS }, () => new Set<Beating>());
  let turn = 0;
  const timer = setInterval(() => {
    turn = (turn + 1) % PARTS;
    for (const beating of parts[turn] ?? []) beating.beat();
  }, interval / PARTS);
  timer.unref();
  return {
    add(beating) {
      // The part whose turn it just was: its first beat comes a whole interval later.
      const part = parts[turn] ?? new Set();
      part.add(beating);
      return () => part.delete(beating);
    },
    stop: () => clearInterval(timer),
  };
}
