/** A subscription under way on a socket: graphql-ws waits for its end, or ends it; its events don't pass through there. */
import type { Subscribed } from '../graphql/shared-subscription.ts';
import type { Seat, Sink } from '../live/audience.ts';
import type { Frame } from '../live/live.ts';

type End = IteratorResult<never, void>;
const END: End = { done: true, value: undefined };

/** Iterated, it yields nothing and ends when the subscription does. */
export class Following implements AsyncIterableIterator<never, void> {
  readonly #subscribed: Subscribed;
  readonly #ended: Promise<End>;
  #finish: () => void = () => {};
  #seat: Seat | null = null;

  constructor(subscribed: Subscribed) {
    this.#subscribed = subscribed;
    this.#ended = new Promise((resolve) => {
      this.#finish = () => resolve(END);
    });
  }

  /** From now on events go to `sink`. @returns the viewer's seat */
  begin(sink: Omit<Sink<Frame>, 'end'>): Seat {
    this.#seat = this.#subscribed.sit({ ...sink, end: this.#finish });
    return this.#seat;
  }

  next(): Promise<End> {
    return this.#ended;
  }

  async return(): Promise<End> {
    (this.#seat ?? this.#subscribed).leave();
    this.#finish();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
