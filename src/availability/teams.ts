/** Starts that the hosts of an event type offer together, from the starts that each offers by itself. */
import type { HostStarts } from './host-starts.ts';
import type { EventTypeRules } from './rules.ts';
import { rowsOf } from './start-rows.ts';

export interface TeamStarts {
  /** Ascending, none twice. */
  starts: Float64Array;
  /** Per start: how many more bookings it takes. */
  seats: Uint32Array;
  /** Per start, `words` words of 32 bits: bit i stands for the i-th host, who could take it. Null: every host, always. */
  members: Uint32Array | null;
  words: number;
}

export interface TeamType {
  /** Ids. */
  hosts: readonly string[];
  rules: Pick<EventTypeRules, 'interval' | 'scheduling' | 'quorum' | 'hostRules'>;
}

const NONE: HostStarts = { starts: new Float64Array(), left: new Uint32Array() };

/** @param lists per host of the event type, in its order; empty for who can't be offered. */
export function teamStarts({ hosts, rules }: TeamType, lists: readonly HostStarts[]): TeamStarts {
  const { interval, scheduling, quorum, hostRules } = rules;
  if (scheduling === 'SINGLE' || scheduling === 'COLLECTIVE') {
    const { starts, left } = offeredByAll(lists);
    return { starts, seats: left, members: null, words: 0 };
  }
  if (scheduling === 'QUORUM') {
    const ones = lists.map(({ starts }) => ({ starts, left: new Uint32Array(starts.length).fill(1) }));
    const needed = quorum ?? hosts.length;
    return withSeats(tallyStarts(null, ones, interval), (_, count) => (count >= needed ? 1 : 0));
  }
  const fixedIds = new Set(hostRules.filter(({ fixed }) => fixed).map(({ host }) => host));
  const fixed = hosts.map((host) => fixedIds.has(host));
  if (!fixed.includes(true)) return tallyStarts(null, lists, interval);
  const base = offeredByAll(lists.filter((_, i) => fixed[i]));
  const others = lists.map((list, i) =>
    fixed[i] ? { ...list, left: new Uint32Array(list.left.length) } : list,
  );
  return withSeats(tallyStarts(base.starts, others, interval), (i, sum) =>
    Math.min(base.left[i] as number, sum),
  );
}

/** The starts of every list, with the fewest seats. */
function offeredByAll([first = NONE, ...others]: readonly HostStarts[]): HostStarts {
  if (others.length === 0) return first;
  const starts = first.starts.slice();
  const left = first.left.slice();
  let length = starts.length;
  for (const other of others) {
    let count = 0;
    let at = 0;
    for (let i = 0; i < length; i++) {
      const start = starts[i] as number;
      while (at < other.starts.length && (other.starts[at] as number) < start) at++;
      if (at === other.starts.length) break;
      if (other.starts[at] !== start) continue;
      starts[count] = start;
      left[count++] = Math.min(left[i] as number, other.left[at] as number);
    }
    length = count;
  }
  return { starts: starts.subarray(0, length), left: left.subarray(0, length) };
}

interface Tally extends TeamStarts {
  members: Uint32Array;
}

/**
 * The sum of the seats at each start, and who offers it.
 * @param wanted ascending: the starts that are asked for; null: every one
 */
function tallyStarts(wanted: Float64Array | null, lists: readonly HostStarts[], interval: number): Tally {
  const { starts, rowOf } = rowsOf(wanted, lists, interval);
  const words = (lists.length + 31) >> 5;
  // Row 0 collects the starts that were not asked for.
  const seats = new Uint32Array(starts.length + 1);
  const members = new Uint32Array(seats.length * words);
  const rows = new Uint32Array(lists.reduce((most, list) => Math.max(most, list.starts.length), 0));
  for (let host = 0; host < lists.length; host++) {
    const { starts: own, left } = lists[host] as HostStarts;
    rowOf(own, rows);
    const word = host >> 5;
    const bit = 1 << (host & 31);
    for (let i = 0; i < own.length; i++) {
      const row = rows[i] as number;
      const at = row * words + word;
      seats[row] = (seats[row] as number) + (left[i] as number);
      members[at] = (members[at] as number) | bit;
    }
  }
  return { starts, seats: seats.subarray(1), members: members.subarray(words), words };
}

/** The starts to which `seatsOf` leaves any seat. */
function withSeats(tally: Tally, seatsOf: (index: number, sum: number) => number): TeamStarts {
  const { starts, seats, members, words } = tally;
  const found = new Float64Array(starts.length);
  let count = 0;
  for (let i = 0; i < starts.length; i++) {
    const left = seatsOf(i, seats[i] as number);
    if (left === 0) continue;
    found[count] = starts[i] as number;
    seats[count] = left;
    members.copyWithin(count * words, i * words, (i + 1) * words);
    count++;
  }
  return {
    starts: found.subarray(0, count),
    seats: seats.subarray(0, count),
    members: members.subarray(0, count * words),
    words,
  };
}
