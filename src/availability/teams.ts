/** What several hosts offer together, from the starts that each offers by itself. */

/** Starts, and how many hosts offer each. */
interface Tally {
  starts: Float64Array;
  counts: Uint32Array;
}

/**
 * Starts that at least `quorum` hosts offer, ascending: all of them for COLLECTIVE, one for ROUND_ROBIN.
 * @param lists per host, ascending, none twice.
 */
export function offeredByAtLeast(quorum: number, lists: readonly Float64Array[]): Float64Array {
  if (lists.length === 0) return new Float64Array();
  const { starts, counts } = tally(lists, 0, lists.length);
  return starts.filter((_, i) => (counts[i] as number) >= quorum);
}

/** By halves, so that each start is copied only as often as the number of hosts can be halved. */
function tally(lists: readonly Float64Array[], from: number, to: number): Tally {
  if (to - from === 1) {
    const starts = lists[from] as Float64Array;
    return { starts, counts: new Uint32Array(starts.length).fill(1) };
  }
  const middle = (from + to) >> 1;
  return add(tally(lists, from, middle), tally(lists, middle, to));
}

/** Merges by start; counts of equal starts add up. */
function add(a: Tally, b: Tally): Tally {
  const starts = new Float64Array(a.starts.length + b.starts.length);
  const counts = new Uint32Array(starts.length);
  let length = 0;
  let i = 0;
  let j = 0;
  while (i < a.starts.length && j < b.starts.length) {
    const left = a.starts[i] as number;
    const right = b.starts[j] as number;
    starts[length] = Math.min(left, right);
    let count = 0;
    if (left <= right) count += a.counts[i++] as number;
    if (right <= left) count += b.counts[j++] as number;
    counts[length++] = count;
  }
  const rest = i < a.starts.length ? a : b;
  const from = rest === a ? i : j;
  starts.set(rest.starts.subarray(from), length);
  counts.set(rest.counts.subarray(from), length);
  length += rest.starts.length - from;
  return { starts: starts.subarray(0, length), counts: counts.subarray(0, length) };
}
