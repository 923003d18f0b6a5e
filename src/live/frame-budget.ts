/** The bytes that rendered events of all audiences may take: past it the oldest are forgotten, and rendered again when wanted. */

export interface FrameBudget {
  /**
   * Counts a frame that was kept.
   * @param forget is called when its place is needed
   * @returns a function that gives the place back. Idempotent.
   */
  keep(bytes: number, forget: () => void): () => void;
}

/** @param most bytes */
export function createFrameBudget(most: number): FrameBudget {
  /** In the order in which they came. */
  const kept = new Set<{ bytes: number; forget(): void }>();
  let total = 0;
  return {
    keep(bytes, forget) {
      const frame = { bytes, forget };
      const release = () => {
        if (kept.delete(frame)) total -= bytes;
      };
      kept.add(frame);
      total += bytes;
      for (const oldest of kept) {
        if (total <= most) break;
        kept.delete(oldest);
        total -= oldest.bytes;
        oldest.forget();
      }
      return release;
    },
  };
}
