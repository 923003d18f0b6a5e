/** Row numbers of the starts of many lists in one merged list, by table lookup where all starts lie on one grid. */

/** Per start of a list, 1 + its index among `starts`; 0: it isn't there. */
type RowOf = (list: Float64Array, rows: Uint32Array) => void;

interface Rows {
  /** Ascending, none twice. */
  starts: Float64Array;
  rowOf: RowOf;
}

interface Grid {
  origin: number;
  /** Every start is the origin plus some of them. */
  unit: number;
  steps: number;
}

/** A year of minutes has room. */
const STEPS_MAX = 1 << 20;

/**
 * @param wanted ascending: the starts that get a row; null: all of the lists
 * @param lists each ascending
 * @param interval how far apart most starts are
 */
export function rowsOf(
  wanted: Float64Array | null,
  lists: readonly { starts: Float64Array }[],
  interval: number,
): Rows {
  const all = lists.map(({ starts }) => starts).filter((starts) => starts.length > 0);
  const grid = gridOf(all, interval);
  return grid ? rowsByGrid(wanted, all, grid) : rowsBySearch(wanted ?? distinct(all));
}

/** @returns null when it would have too many steps */
function gridOf(lists: readonly Float64Array[], interval: number): Grid | null {
  let origin = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const starts of lists) {
    origin = Math.min(origin, starts[0] as number);
    last = Math.max(last, starts[starts.length - 1] as number);
  }
  if (lists.length === 0) return { origin: 0, unit: interval, steps: 0 };
  let unit = interval;
  for (const starts of lists) {
    for (let i = 0; i < starts.length; i++) {
      const distance = (starts[i] as number) - origin;
      // A multiple of the old unit is a multiple of its divisor too.
      if (((distance / unit) | 0) * unit !== distance) unit = commonDivisor(unit, distance);
    }
  }
  const steps = (last - origin) / unit + 1;
  return steps <= STEPS_MAX ? { origin, unit, steps } : null;
}

function commonDivisor(a: number, b: number): number {
  let [whole, rest] = [a, b];
  while (rest > 0) [whole, rest] = [rest, whole % rest];
  return whole;
}

function rowsByGrid(
  wanted: Float64Array | null,
  lists: readonly Float64Array[],
  { origin, unit, steps }: Grid,
): Rows {
  const table = new Uint32Array(steps);
  const step = (start: number) => ((start - origin) / unit) | 0;
  for (const starts of wanted ? [wanted] : lists) {
    for (let i = 0; i < starts.length; i++) table[step(starts[i] as number)] = 1;
  }
  let count = 0;
  for (let i = 0; i < steps; i++) if (table[i] !== 0) table[i] = ++count;
  const starts = new Float64Array(count);
  for (let i = 0; i < steps; i++) {
    const row = table[i] as number;
    if (row !== 0) starts[row - 1] = origin + i * unit;
  }
  return {
    starts,
    rowOf: (list, rows) => {
      for (let i = 0; i < list.length; i++) rows[i] = table[step(list[i] as number)] as number;
    },
  };
}

/** Starts that share no unit worth a table: seconds over years. */
function rowsBySearch(starts: Float64Array): Rows {
  const rowAt = new Map(Array.from(starts, (start, i) => [start, i + 1]));
  return {
    starts,
    rowOf: (list, rows) => {
      for (let i = 0; i < list.length; i++) rows[i] = rowAt.get(list[i] as number) ?? 0;
    },
  };
}

function distinct(lists: readonly Float64Array[]): Float64Array {
  const sorted = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const starts of lists) {
    sorted.set(starts, at);
    at += starts.length;
  }
  return sorted.sort().filter((start, i, all) => i === 0 || all[i - 1] !== start);
}
