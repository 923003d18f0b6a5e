/**
 * A map of bounded size, for values that can be computed again: when it is full, the oldest entry is evicted (FIFO). A read
 * does not refresh an entry, so that it costs what it costs in any map.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #most: number;
  readonly #weight: Weight<V> | null;
  #total = 0;

  /**
   * @param most entries.
   * @param weight bounds what the entries weigh together, too: the oldest make room. An entry is weighed when it is set, and counts as
   * new then; one that is too heavy for the map is in it alone.
   */
  constructor(most: number, weight: Weight<V> | null = null) {
    super();
    this.#most = most;
    this.#weight = weight;
  }

  override set(key: K, value: V): this {
    if (this.#weight) this.delete(key);
    if (this.size >= this.#most && !this.has(key)) this.#evictOldest();
    super.set(key, value);
    if (!this.#weight) return this;
    this.#total += this.#weight.of(value);
    while (this.#total > this.#weight.most && this.size > 1) this.#evictOldest();
    return this;
  }

  override delete(key: K): boolean {
    const value = this.get(key);
    if (this.#weight && value !== undefined) this.#total -= this.#weight.of(value);
    return super.delete(key);
  }

  override clear(): void {
    this.#total = 0;
    super.clear();
  }

  #evictOldest() {
    const [first] = this.keys();
    if (first !== undefined) this.delete(first);
  }
}

/** @property most of all entries together */
export interface Weight<V> {
  most: number;
  /** The same each time that it is asked. */
  of(value: V): number;
}
