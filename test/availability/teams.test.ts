import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostStarts } from '../../src/availability/host-starts.ts';
import type { HostRule } from '../../src/availability/rules.ts';
import { type TeamStarts, type TeamType, teamStarts } from '../../src/availability/teams.ts';
import { bruteTeam } from './brute-team.fixture.ts';
import { seed } from './seed.fixture.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2030-06-03T12:00Z');

const list = (left: Record<number, number>, unit = 15 * MINUTE, origin = NOON): HostStarts => ({
  starts: Float64Array.from(Object.keys(left), (step) => origin + Number(step) * unit),
  left: Uint32Array.from(Object.values(left)),
});

const named = (count: number) => Array.from({ length: count }, (_, i) => `hst_${i}`);
const fixedRule = (host: string): HostRule => ({ host, priority: 0, weight: 100, fixed: true });

const team = (
  scheduling: TeamType['rules']['scheduling'],
  hosts: number,
  { quorum = null, fixed = [] }: { quorum?: number | null; fixed?: string[] } = {},
): TeamType => ({
  hosts: named(hosts),
  rules: { interval: 15 * MINUTE, scheduling, quorum, hostRules: fixed.map(fixedRule) },
});

/** Slots as the brute force writes them. */
const read = ({ hosts }: TeamType, { starts, seats, members, words }: TeamStarts) =>
  Array.from(starts, (start, i) => ({
    start,
    seats: seats[i],
    hosts: hosts.filter((_, at) => ((members?.[i * words + (at >> 5)] ?? -1) >>> (at & 31)) & 1),
  }));

/** The same with starts as steps from noon. */
const steps = (type: TeamType, lists: HostStarts[]) =>
  read(type, teamStarts(type, lists)).map(({ start, ...slot }) => ({
    step: (start - NOON) / (15 * MINUTE),
    ...slot,
  }));

describe('teamStarts', () => {
  it('gives SINGLE its host’s starts, and who can be named without a list of members', () => {
    const own = list({ 0: 1, 4: 2 });
    const type = team('SINGLE', 1);
    expect(teamStarts(type, [own])).toEqual({ starts: own.starts, seats: own.left, members: null, words: 0 });
  });

  it('asks every host for COLLECTIVE, and leaves the fewest seats', () => {
    const lists = [list({ 0: 3, 1: 3, 2: 1 }), list({ 1: 2, 2: 5 }), list({ 0: 1, 1: 4, 2: 4 })];
    const hosts = named(3);
    expect(steps(team('COLLECTIVE', 3), lists)).toEqual([
      { step: 1, seats: 2, hosts },
      { step: 2, seats: 1, hosts },
    ]);
  });

  it('asks one host for ROUND_ROBIN, and adds the seats up', () => {
    const lists = [list({ 0: 2, 1: 1 }), list({ 1: 3 }), list({})];
    expect(steps(team('ROUND_ROBIN', 3), lists)).toEqual([
      { step: 0, seats: 2, hosts: ['hst_0'] },
      { step: 1, seats: 4, hosts: ['hst_0', 'hst_1'] },
    ]);
  });

  it('asks every fixed host and one more for ROUND_ROBIN with fixed hosts', () => {
    const lists = [list({ 0: 9, 2: 9 }), list({ 0: 2, 1: 2, 2: 2 }), list({ 0: 1, 1: 1 })];
    expect(steps(team('ROUND_ROBIN', 3, { fixed: ['hst_1'] }), lists)).toEqual([
      { step: 0, seats: 2, hosts: ['hst_0', 'hst_1', 'hst_2'] },
      { step: 1, seats: 1, hosts: ['hst_1', 'hst_2'] },
      { step: 2, seats: 2, hosts: ['hst_0', 'hst_1'] },
    ]);
  });

  it('asks as many hosts as its number for QUORUM, with one seat', () => {
    const lists = [list({ 0: 1, 1: 1 }), list({ 1: 1, 2: 1 }), list({ 1: 1, 2: 1 })];
    expect(steps(team('QUORUM', 3, { quorum: 2 }), lists)).toEqual([
      { step: 1, seats: 1, hosts: ['hst_0', 'hst_1', 'hst_2'] },
      { step: 2, seats: 1, hosts: ['hst_1', 'hst_2'] },
    ]);
  });

  it('offers nothing without hosts', () => {
    for (const scheduling of ['SINGLE', 'COLLECTIVE', 'ROUND_ROBIN', 'QUORUM'] as const) {
      expect(steps(team(scheduling, 0), [])).toEqual([]);
    }
  });

  it(`equals a brute force in every mode, on every kind of grid (seed ${seed})`, () => {
    const lists = fc.array(
      fc.dictionary(fc.integer({ min: 0, max: 20 }).map(String), fc.integer({ min: 1, max: 4 })),
      { minLength: 1, maxLength: 6 },
    );
    // The last is more than any table would hold: seconds over years.
    const grids = fc.array(
      fc.constantFrom(
        [15 * MINUTE, 0],
        [20 * MINUTE, 0],
        [15 * MINUTE, 7 * MINUTE],
        [60_000_001_000, 13_001],
      ),
      { minLength: 6, maxLength: 6 },
    );
    const modes = fc.record({
      scheduling: fc.constantFrom('SINGLE', 'COLLECTIVE', 'ROUND_ROBIN', 'QUORUM'),
      quorum: fc.integer({ min: 1, max: 4 }),
      fixed: fc.subarray(named(3), { maxLength: 2 }),
      padding: fc.constantFrom(0, 20, 40),
    });
    fc.assert(
      fc.property(lists, grids, modes, (lefts, grids, { scheduling, quorum, fixed, padding }) => {
        const empty = Array.from({ length: padding }, () => list({}));
        const own = lefts.map((left, i) => list(left, grids[i]?.[0], NOON + (grids[i]?.[1] ?? 0)));
        // Whose bits are not in the first word.
        const all = [...own.slice(0, 3), ...empty, ...own.slice(3)];
        const type = team(scheduling as 'SINGLE', all.length, { quorum, fixed });
        const maps = all.map(
          ({ starts, left }) => new Map(Array.from(starts, (start, i) => [start, left[i] ?? 0])),
        );
        expect(read(type, teamStarts(type, all))).toEqual(
          bruteTeam(type, maps).map((slot) => ({ ...slot, seats: scheduling === 'QUORUM' ? 1 : slot.seats })),
        );
      }),
      { numRuns: 1000, seed },
    );
  });
});
