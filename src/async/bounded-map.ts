/**
 * A map of bounded size, for values that can be computed again: when it is full, the oldest entry is evicted (FIFO). A read
 * does not refresh an entry, so that it costs what it costs in any map.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #most: number;

  /** @param most entries. */
  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(key: K, value: V): this {
    if (this.size >= this.#most && !this.has(key)) {
      const [first] = this.keys();
      if (first !== undefined) this.delete(first);
    }
    return super.set(key, value);
  }
}
