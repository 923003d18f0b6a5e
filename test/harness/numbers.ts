/** Chance that can be had again. */

/** Numbers in [0, 1), the same for the same seed (Mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The usual seed, the one that the environment's variable names, or by `random` one of this moment. */
export function seedOf(variable: string, usual: number): number {
  const wanted = process.env[variable];
  return wanted === 'random' ? Date.now() % 1_000_000 : Number(wanted ?? usual);
}
