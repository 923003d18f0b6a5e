/** Work that callers share: of each key one execution runs at a time, and at most one more waits for its end. */

/** How callers that come while an execution runs are served. */
export interface SingleFlightOptions<W, T> {
  /** Does the work of one execution. The signal is aborted by `close`. */
  work(key: string, wish: W, signal: AbortSignal): Promise<T>;
  /**
   * `join`: callers share the execution under way. `trailing`: it began too early for them, and they share one more that
   * starts after it. A function tells for each: whether the execution under way serves a wish.
   */
  mode: 'join' | 'trailing' | ((underWay: W, wish: W) => boolean);
  /** The wish of the execution that waits, once another caller shares it. Default: the later one's. */
  merge?(waiting: W, wish: W): W;
  /** The wish that an execution serves when it starts: it may have become a better one while it waited. Default: as it is. */
  starts?(wish: W): W;
}

export interface SingleFlight<W, T> {
  /** Settles as the execution did that served the wish. */
  run(key: string, wish: W): Promise<T>;
  /** Aborts what runs and what waits. @returns when all of it is over, whether or not it failed. */
  close(): Promise<void>;
}

interface Execution<W, T> {
  wish: W;
  end: AbortController;
  done: Promise<T>;
}

export function createSingleFlight<W, T>(options: SingleFlightOptions<W, T>): SingleFlight<W, T> {
  const { work, mode, merge = (_waiting, wish) => wish, starts = (wish) => wish } = options;
  const underWay = new Map<string, Execution<W, T>>();
  const waiting = new Map<string, Execution<W, T>>();

  const serves = ({ wish }: Execution<W, T>, other: W) =>
    typeof mode === 'function' ? mode(wish, other) : mode === 'join';

  async function start(key: string, execution: Execution<W, T>): Promise<T> {
    if (waiting.get(key) === execution) waiting.delete(key);
    underWay.set(key, execution);
    execution.wish = starts(execution.wish);
    try {
      return await work(key, execution.wish, execution.end.signal);
    } finally {
      if (underWay.get(key) === execution) underWay.delete(key);
    }
  }

  /** @param before starts it at its end; absent: it starts now. */
  function begin(key: string, wish: W, before?: Promise<T>): Promise<T> {
    const execution: Execution<W, T> = { wish, end: new AbortController(), done: NEVER };
    if (before) waiting.set(key, execution);
    const go = () => start(key, execution);
    execution.done = before ? before.then(go, go) : go();
    return execution.done;
  }

  return {
    run(key, wish) {
      const current = underWay.get(key);
      if (current && serves(current, wish)) return current.done;
      const next = waiting.get(key);
      if (!next) return begin(key, wish, current?.done);
      next.wish = merge(next.wish, wish);
      return next.done;
    },
    async close() {
      const executions = [...underWay.values(), ...waiting.values()];
      for (const { end } of executions) end.abort();
      await Promise.allSettled(executions.map(({ done }) => done));
    },
  };
}

const NEVER = new Promise<never>(() => {});
