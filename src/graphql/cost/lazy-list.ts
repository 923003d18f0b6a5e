/** A list of an answer whose items are made when execution comes to them, and not kept: tens of thousands are never there at once. */
export class LazyList<T> implements Iterable<T> {
  readonly length: number;
  readonly #itemAt: (index: number) => T;

  /** @param itemAt makes an item, for indices from 0 to below `length` */
  constructor(length: number, itemAt: (index: number) => T) {
    this.length = length;
    this.#itemAt = itemAt;
  }

  *[Symbol.iterator](): Generator<T, void> {
    for (let i = 0; i < this.length; i++) yield this.#itemAt(i);
  }
}
