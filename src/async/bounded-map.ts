/**
 * A map for what can be worked out again: when it is full, the entry that was put in first makes room. Reading does not
 * prolong an entry's stay, so that a read costs what it costs in any map.
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
