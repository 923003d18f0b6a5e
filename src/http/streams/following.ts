/** A subscription under way on a socket: graphql-ws waits for its end, or ends it; its events don't pass through there. */
import type { Subscribed } from '../../graphql/shared-subscription.ts';
import type { Seat, Sink } from '../../live/audience.ts';
import type { Frame } from '../../live/availability.ts';

type End = IteratorResult<never, void>;
const END: End = { done: true, value: undefined };

/** Iterated, it yields nothing and ends when the subscription does. */
export class Following implements AsyncIterableIterator<never, void> {
  readonly #subscribed: Subscribed;
  readonly #ended: Promise<End>;
  readonly #left: () => void;
  #finish: () => void = () => {};
  #seat: Seat | null = null;
  #begun: () => void = () => {};

  /** @param left told once when it ends, however it does */
  constructor(subscribed: Subscribed, left: () => void) {
    this.#subscribed = subscribed;
    this.#left = left;
    this.#ended = new Promise((resolve) => {
      this.#finish = () => resolve(END);
    });
  }

  /** From now on events go to `sink`, until `left` is told. */
  begin(sink: Omit<Sink<Frame>, 'end'>, left: () => void) {
    this.#begun = left;
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
    (this.#seat ?? this.#subscribed).leave();
    this.#leave();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
