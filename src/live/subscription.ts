/** One viewer's subscription: shared with others who ask in the same words, or iterated alone. */
import type { Render, Seat, Sink } from './audience.ts';

/** One event as all viewers of an audience get it. */
export interface Frame {
  /** The operation's result: JSON in UTF-8. */
  result: Buffer;
  /** What viewers who have applied it may come back with; null: such events are not resumed. */
  etag: string | null;
}

/** To be either shared or iterated, once. */
export interface Watch<E> extends AsyncIterableIterator<E, void> {
  /**
   * Whoever follows the same question with the same `words` shares what `render` makes of each event, so that one
   * execution and one text do for all: `words` must name everything on which that text depends.
   */
  share(words: string, render: Render<E, Frame>): (sink: Sink<Frame>) => Seat;
  /** The etag of its frame. */
  etagOf(event: E): string | null;
  return(): Promise<IteratorResult<E, void>>;
}

export interface WatchDeps<E> {
  /** Idempotent; of a watch that was neither shared nor iterated. */
  leave(): void;
  alone(sink: Sink<E>): Seat;
  among(words: string, render: Render<E, Frame>, sink: Sink<Frame>): Seat;
  etagOf(event: E): string | null;
}

export function createWatch<E>({ leave, alone, among, etagOf }: WatchDeps<E>): Watch<E> {
  type Next = IteratorResult<E, void>;
  const DONE: Next = { done: true, value: undefined };
  let seat: Seat | null = null;
  let over = false;
  const waiting: ((next: Next) => void)[] = [];

  function finish() {
    over = true;
    leave();
    for (const resolve of waiting.splice(0)) resolve(DONE);
  }

  const sink: Sink<E> = {
    ready: () => waiting.length > 0,
    send: (value) => waiting.shift()?.({ done: false, value }),
    end: finish,
  };

  const stop = () => {
    seat?.leave();
    finish();
  };

  const watch: Watch<E> = {
    share: (words, render) => (to) => among(words, render, to),
    etagOf,
    next() {
      if (over) return Promise.resolve(DONE);
      const next = new Promise<Next>((resolve) => waiting.push(resolve));
      seat ??= alone(sink);
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
