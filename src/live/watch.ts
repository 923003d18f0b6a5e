/** One viewer's subscription: shared with others who ask in the same words, or iterated alone. */
import type { Audience, Beginning, Render, Seat, Sink } from './audience.ts';
import type { AvailabilityEvent } from './delta.ts';

/** One event as all viewers of an audience get it. */
export interface Frame {
  /** The operation's result: JSON in UTF-8. */
  result: Buffer;
  /** What viewers hold once they have applied it. */
  etag: string;
}

/** To be either shared or iterated, once. */
export interface Watch extends AsyncIterableIterator<AvailabilityEvent, void> {
  /**
   * Whoever follows the same question with the same `words` shares what `render` makes of each event, so that one
   * execution and one text do for all: `words` must name everything on which that text depends.
   */
  share(words: string, render: Render<Frame>): (sink: Sink<Frame>) => Seat;
  return(): Promise<IteratorResult<AvailabilityEvent, void>>;
}

export interface WatchDeps {
  beginning: Beginning;
  /** Idempotent. */
  leave(): void;
  alone(render: Render<AvailabilityEvent>): Audience<AvailabilityEvent>;
  among(words: string, render: Render<Frame>): Audience<Frame>;
}

type Next = IteratorResult<AvailabilityEvent, void>;
const DONE: Next = { done: true, value: undefined };

export function createWatch({ beginning, leave, alone, among }: WatchDeps): Watch {
  let seat: Seat | null = null;
  let over = false;
  const waiting: ((next: Next) => void)[] = [];

  function finish() {
    over = true;
    leave();
    for (const resolve of waiting.splice(0)) resolve(DONE);
  }

  const sink: Sink<AvailabilityEvent> = {
    ready: () => waiting.length > 0,
    send: (value) => waiting.shift()?.({ done: false, value }),
    end: finish,
  };

  const stop = () => {
    seat?.leave();
    finish();
  };

  const watch: Watch = {
    share: (words, render) => (to) => among(words, render).sit(to, beginning, leave),
    next() {
      if (over) return Promise.resolve(DONE);
      const next = new Promise<Next>((resolve) => waiting.push(resolve));
      seat ??= alone((event) => event).sit(sink, beginning, leave);
      seat.resume();
      return next;
    },
    async return() {
      stop();
      return DONE;
    },
    async throw(error) {
      stop();
      throw error;
    },
    [Symbol.asyncIterator]: () => watch,
  };
  return watch;
}
