/**
 * The source stream of one GraphQL subscription (GraphQL specification, §6.2.3): its events before they are executed. It is
 * either shared with others of the same selection, or iterated by one consumer.
 */
import type { EventSink, Render, Subscription } from './audience.ts';

/** One event as every viewer of an audience gets it. */
export interface RenderedEvent {
  /** The operation's result: JSON in UTF-8. */
  result: Buffer;
  /** What a client that has applied the event may resume from; null: such events are not resumed. */
  etag: string | null;
}

/** Must be either shared or iterated, once. */
export interface SourceStream<E> extends AsyncIterableIterator<E, void> {
  /**
   * Streams of the same query with the same `selectionKey` share what `render` makes of each event, so that one execution
   * and one text serve all. So `selectionKey` must name everything on which that text depends.
   */
  share(
    selectionKey: string,
    render: Render<E, RenderedEvent>,
  ): (sink: EventSink<RenderedEvent>) => Subscription;
  /** The etag of the rendered event. */
  etagOf(event: E): string | null;
  return(): Promise<IteratorResult<E, void>>;
}

export interface SourceStreamDeps<E> {
  /** Idempotent. Ends a stream that was neither shared nor iterated. */
  leave(): void;
  single(sink: EventSink<E>): Subscription;
  shared(
    selectionKey: string,
    render: Render<E, RenderedEvent>,
    sink: EventSink<RenderedEvent>,
  ): Subscription;
  etagOf(event: E): string | null;
}

export function createSourceStream<E>({
  leave,
  single,
  shared,
  etagOf,
}: SourceStreamDeps<E>): SourceStream<E> {
  type Next = IteratorResult<E, void>;
  const DONE: Next = { done: true, value: undefined };
  let subscription: Subscription | null = null;
  let ended = false;
  const waiting: ((next: Next) => void)[] = [];

  function finish() {
    ended = true;
    leave();
    for (const resolve of waiting.splice(0)) resolve(DONE);
  }

  const sink: EventSink<E> = {
    ready: () => waiting.length > 0,
    send: (value) => waiting.shift()?.({ done: false, value }),
    end: finish,
  };

  const stop = () => {
    subscription?.unsubscribe();
    finish();
  };

  const stream: SourceStream<E> = {
    share: (selectionKey, render) => (to) => shared(selectionKey, render, to),
    etagOf,
    next() {
      if (ended) return Promise.resolve(DONE);
      const next = new Promise<Next>((resolve) => waiting.push(resolve));
      subscription ??= single(sink);
      subscription.resume();
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
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}
