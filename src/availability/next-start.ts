/** The first start that hosts offer together from an instant on: their starts are computed no further than it takes. */
import { DAY } from '../time/clock.ts';
import { type HostTime, hostStarts, type StartsType } from './host-starts.ts';
import type { TeamType } from './teams.ts';

/** A search that pauses between its parts, for whatever else is to be done meanwhile. */
type Search<T> = Generator<void, T, void>;

/**
 * The first start of one host that is no earlier than the given instant; Infinity for none. Each call takes an instant no
 * earlier than the one before.
 */
export type SeekStart = (from: number) => Search<number>;

/** Of a host who can't be offered. */
// biome-ignore lint/correctness/useYield: nothing is looked for
export const NO_START: SeekStart = function* () {
  return Number.POSITIVE_INFINITY;
};

/** Starts that all seekers of one search have computed since the event loop had its turn. */
export interface SearchWork {
  starts: number;
}

/** Starts that are computed in a row: some milliseconds. */
const PART = 20_000;
/** What a stretch takes beside its starts, as so many of them. */
const STRETCH = 20;

/** Starts are computed for so much time at first, and for twice as much each time that there was none. Milliseconds. */
const FIRST_STRETCH = DAY;
const LONGEST_STRETCH = 32 * DAY;

/**
 * Finds starts of one host up to an instant, which is excluded. No stretch of time is computed twice.
 * @param work shared by the seekers of one search
 * @throws RangeError for an unknown zone, a length or an interval of zero, at the first call or a later one
 */
export function createSeekStart(
  type: StartsType,
  host: HostTime,
  { until, now, work }: { until: number; now: number; work: SearchWork },
): SeekStart {
  let starts: Float64Array = new Float64Array();
  let next = 0;
  /** Starts before it are known. */
  let knownUntil = Number.NEGATIVE_INFINITY;
  let stretch = FIRST_STRETCH;
  return function* (from) {
    for (;;) {
      while (next < starts.length && (starts[next] as number) < from) next++;
      if (next < starts.length) return starts[next] as number;
      const begin = Math.max(knownUntil, from);
      if (!(begin < until)) return Number.POSITIVE_INFINITY;
      const end = Math.min(begin + stretch, until);
      // A window names when slots end at the latest; instants are whole milliseconds.
      ({ starts } = hostStarts(type, host, { from: begin, to: end - 1 + type.rules.length }, now));
      next = 0;
      knownUntil = end;
      stretch = Math.min(2 * stretch, LONGEST_STRETCH);
      work.starts += STRETCH + starts.length;
      if (work.starts < PART) continue;
      work.starts = 0;
      yield;
    }
  };
}

/**
 * The first start that a team offers.
 * @param hosts one per host of the event type, in its order
 * @param from the start is no earlier
 * @returns null for none
 */
export function* firstTeamStart(
  { hosts: ids, rules }: TeamType,
  hosts: readonly SeekStart[],
  from: number,
): Search<number | null> {
  const { required, others, count } = rolesOf(ids, rules, hosts);
  if (required.length === 0 && count === 0) return null;
  let at = from;
  for (;;) {
    const agreed = yield* firstOfAll(required, at);
    if (agreed === Number.POSITIVE_INFINITY) return null;
    // Whatever start has enough of the others is no earlier than the last of as many of their next ones.
    at = count === 0 ? agreed : yield* nthOf(others, count, agreed);
    if (at === Number.POSITIVE_INFINITY) return null;
    if (at === agreed) return at;
  }
}

/** Hosts who must offer a start, and of how many others it takes any so many. */
interface Roles {
  required: readonly SeekStart[];
  others: readonly SeekStart[];
  count: number;
}

function rolesOf(ids: readonly string[], rules: TeamType['rules'], hosts: readonly SeekStart[]): Roles {
  switch (rules.scheduling) {
    case 'SINGLE':
    case 'COLLECTIVE':
      return { required: hosts, others: [], count: 0 };
    case 'QUORUM':
      return { required: [], others: hosts, count: rules.quorum ?? ids.length };
    case 'ROUND_ROBIN': {
      const fixed = new Set(rules.hostRules.filter((rule) => rule.fixed).map(({ host }) => host));
      const isFixed = (_: SeekStart, i: number) => fixed.has(ids[i] ?? '');
      return {
        required: hosts.filter(isFixed),
        others: hosts.filter((host, i) => !isFixed(host, i)),
        count: 1,
      };
    }
  }
}

/** The first start that each of them offers; `from` itself when there are none of them. */
function* firstOfAll(hosts: readonly SeekStart[], from: number): Search<number> {
  let at = from;
  let agreeing = 0;
  for (let i = 0; agreeing < hosts.length; i = (i + 1) % hosts.length) {
    const next = yield* (hosts[i] as SeekStart)(at);
    if (next === Number.POSITIVE_INFINITY) return next;
    agreeing = next === at ? agreeing + 1 : 1;
    at = next;
  }
  return at;
}

/** The n-th in time of the next starts of all of them. */
function* nthOf(hosts: readonly SeekStart[], n: number, from: number): Search<number> {
  if (n > hosts.length) return Number.POSITIVE_INFINITY;
  const starts = new Float64Array(hosts.length);
  for (const [i, seek] of hosts.entries()) starts[i] = yield* seek(from);
  return starts.sort()[n - 1] as number;
}
