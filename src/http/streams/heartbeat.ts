/** Signs of life of open streams: each is asked once an interval, all on one timer, and never all at once. */

export interface HeartbeatTarget {
  /** Once an interval. */
  beat(): void;
}

export interface Heartbeat {
  /** @returns takes it away again. */
  add(target: HeartbeatTarget): () => void;
  stop(): void;
}

/** Parts of the interval, each with its share of the streams. */
const BUCKETS = 12;

/** @param interval milliseconds */
export function createHeartbeat(interval: number): Heartbeat {
  const buckets = Array.from({ length: BUCKETS }, () => new Set<HeartbeatTarget>());
  let current = 0;
  const timer = setInterval(() => {
    current = (current + 1) % BUCKETS;
    for (const target of buckets[current] ?? []) target.beat();
  }, interval / BUCKETS);
  timer.unref();
  return {
    add(target) {
      // The part whose turn it just was: its first beat comes a whole interval later.
      const bucket = buckets[current] ?? new Set();
      bucket.add(target);
      return () => bucket.delete(target);
    },
    stop: () => clearInterval(timer),
  };
}
