/** Deduplicates work by key: of each key one execution runs at a time, and at most one more waits for its end. */

/** How callers who arrive while an execution runs are served. */
export interface SingleFlightOptions<W, T> {
  /** Does the work of one execution. The signal is aborted by `close`. */
  work(key: string, request: W, signal: AbortSignal): Promise<T>;
  /**
   * `join`: callers share the execution under way. `trailing`: callers share one more execution that starts after it.
   * A function decides for each request whether the execution under way serves it.
   */
  mode: 'join' | 'trailing' | ((underWay: W, request: W) => boolean);
  /** The request of the waiting execution, once another caller shares it. Default: the later request. */
  merge?(waiting: W, request: W): W;
  /** The request that an execution starts with, when it can be improved after its wait. Default: unchanged. */
  starts?(request: W): W;
}

export interface SingleFlight<W, T> {
  /** Settles as the execution that served the request. */
  run(key: string, request: W): Promise<T>;
  /** Aborts all executions, running and waiting. Resolves once all of them are over, whether or not they failed. */
  close(): Promise<void>;
}

interface Execution<W, T> {
  request: W;
  end: AbortController;
  done: Promise<T>;
}

export function createSingleFlight<W, T>(options: SingleFlightOptions<W, T>): SingleFlight<W, T> {
  const { work, mode, merge = (_waiting, request) => request, starts = (request) => request } = options;
  const underWay = new Map<string, Execution<W, T>>();
  const waiting = new Map<string, Execution<W, T>>();

  const serves = ({ request }: Execution<W, T>, other: W) =>
    typeof mode === 'function' ? mode(request, other) : mode === 'join';

  async function start(key: string, execution: Execution<W, T>): Promise<T> {
    if (waiting.get(key) === execution) waiting.delete(key);
    underWay.set(key, execution);
    execution.request = starts(execution.request);
    try {
      return await work(key, execution.request, execution.end.signal);
    } finally {
      if (underWay.get(key) === execution) underWay.delete(key);
    }
  }

  /** @param before the execution starts at its end; absent: it starts now. */
  function begin(key: string, request: W, before?: Promise<T>): Promise<T> {
    const execution: Execution<W, T> = { request, end: new AbortController(), done: NEVER };
    if (before) waiting.set(key, execution);
    const go = () => start(key, execution);
    execution.done = before ? before.then(go, go) : go();
    return execution.done;
  }

  return {
    run(key, request) {
      const current = underWay.get(key);
      if (current && serves(current, request)) return current.done;
      const next = waiting.get(key);
      if (!next) return begin(key, request, current?.done);
      next.request = merge(next.request, request);
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
