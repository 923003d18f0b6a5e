/** A subscription on a socket. graphql-ws waits for its end, or ends it; its events go past graphql-ws. */
import type { SharedSubscription } from '../../graphql/shared-subscription.ts';
import type { EventSink, Subscription } from '../../live/audience.ts';
import type { RenderedEvent } from '../../live/availability.ts';

type End = IteratorResult<never, void>;
const END: End = { done: true, value: undefined };

/** Iterated, it yields nothing, and ends when the subscription does. */
export class SocketSubscription implements AsyncIterableIterator<never, void> {
  readonly #prepared: SharedSubscription;
  readonly #ended: Promise<End>;
  readonly #onEnd: () => void;
  #finish: () => void = () => {};
  #subscription: Subscription | null = null;
  #onDetach: () => void = () => {};

  /** @param onEnd is called once when the subscription ends, in whichever way. */
  constructor(subscribed: SharedSubscription, onEnd: () => void) {
    this.#prepared = subscribed;
    this.#onEnd = onEnd;
    this.#ended = new Promise((resolve) => {
      this.#finish = () => resolve(END);
    });
  }

  /** Sends the events to `sink`; `onDetach` is called when the subscription ends. */
  attach(sink: Omit<EventSink<RenderedEvent>, 'end'>, onDetach: () => void) {
    this.#onDetach = onDetach;
    const end = () => {
      this.#end();
      this.#finish();
    };
    this.#subscription = this.#prepared.subscribe({ ...sink, end });
  }

  #end() {
    this.#onEnd();
    this.#onDetach();
  }

  /** The sink may be written to again. */
  resume() {
    this.#subscription?.resume();
  }

  next(): Promise<End> {
    return this.#ended;
  }

  async return(): Promise<End> {
    // A waiting `next` never resolves: graphql-ws would report the end to an operation that has this id by now.
    (this.#subscription ?? this.#prepared).unsubscribe();
    this.#end();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
