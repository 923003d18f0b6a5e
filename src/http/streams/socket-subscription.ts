/** A subscription under way on a socket: graphql-ws waits for its end, or ends it; its events don't pass through there. */
import type { SharedSubscription } from '../../graphql/shared-subscription.ts';
import type { EventSink, Subscription } from '../../live/audience.ts';
import type { RenderedEvent } from '../../live/availability.ts';

type End = IteratorResult<never, void>;
const END: End = { done: true, value: undefined };

/** Iterated, it yields nothing and ends when the subscription does. */
export class SocketSubscription implements AsyncIterableIterator<never, void> {
  readonly #subscribed: SharedSubscription;
  readonly #ended: Promise<End>;
  readonly #left: () => void;
  #finish: () => void = () => {};
  #seat: Subscription | null = null;
  #begun: () => void = () => {};

  /** @param onEnd told once when it ends, however it does */
  constructor(subscribed: SharedSubscription, onEnd: () => void) {
    this.#subscribed = subscribed;
    this.#left = onEnd;
    this.#ended = new Promise((resolve) => {
      this.#finish = () => resolve(END);
    });
  }

  /** From now on events go to `sink`, until `left` is told. */
  attach(sink: Omit<EventSink<RenderedEvent>, 'end'>, onDetach: () => void) {
    this.#begun = onDetach;
    const end = () => {
      this.#leave();
      this.#finish();
    };
    this.#seat = this.#subscribed.sit({ ...sink, end });
  }

  #leave() {
    this.#left();
    this.#begun();
  }

  /** The sink can take more again. */
  resume() {
    this.#seat?.resume();
  }

  next(): Promise<End> {
    return this.#ended;
  }

  async return(): Promise<End> {
    // Whoever waits for `next` is left waiting: graphql-ws would tell the end to an operation that has its id by now.
    (this.#seat ?? this.#subscribed).unsubscribe();
    this.#leave();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
