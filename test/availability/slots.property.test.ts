/** The engine against a brute force, around clock changes of many kinds; also under other clocks of the process. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fitsRules, type HostTime, hostStarts, isFree } from '../../src/availability/host-starts.ts';
import { reasonsAgainst } from '../../src/availability/reasons.ts';
import { teamStarts } from '../../src/availability/teams.ts';
import { bruteForce, MINUTE } from './brute-force.fixture.ts';
import { bruteTeam } from './brute-team.fixture.ts';
import { nativeOf, type Scenario, scenario } from './scenario.fixture.ts';
import { seed } from './seed.fixture.ts';

/** Its hosts with native time at starts that they would offer without. */
function inhabited({ type, hosts, window, now }: Scenario): HostTime[] {
  return hosts.map(({ takings, ...open }) => {
    const host = { ...open, native: [] };
    const starts = Array.from(hostStarts(type, host, window, now).starts);
    return { ...host, native: nativeOf(takings, starts, type.rules) };
  });
}

const only = (hosts: HostTime[]) => hosts[0] as HostTime;

/** Starts that are asked about one by one: those offered, those taken, and some that are neither. */
function asked({ window }: Scenario, { native, busy }: HostTime, offered: readonly number[]): number[] {
  const whole = (instant: number) => Math.ceil(instant / MINUTE) * MINUTE;
  const across = [0, 1, 2, 3, 4, 5].map((i) => whole(window.from + (i * (window.to - window.from)) / 6));
  const beside = native.flatMap(({ start, end }) => [start, start - 15 * MINUTE, end]);
  const starts = [...offered.slice(0, 8), ...across, ...beside, ...Array.from(busy.subarray(0, 4))];
  return starts.filter((start) => start >= window.from && start < window.to);
}

describe('hostStarts', () => {
  it(`offers what a brute force finds, and its reasons say why, in 2,000 cases of seed ${seed}`, () => {
    const seen = { offered: 0, joined: 0, codes: new Map<string, number>() };
    fc.assert(
      fc.property(scenario(1), (given) => {
        const { type, window, now } = given;
        const host = only(inhabited(given));
        const { starts, left } = hostStarts(type, host, window, now);
        const brute = bruteForce(type, host, window, now);
        const found = Array.from(starts, (start, i): [number, number] => [start, left[i] ?? 0]);
        expect(found).toEqual([...brute.left]);
        seen.offered += found.length;
        seen.joined += found.filter(([, seats]) => seats < type.rules.seats).length;

        const explained = { ...host, calendars: [{ id: 'cal', busy: host.busy }] };
        const answers = asked(given, host, Array.from(starts)).map((start) => {
          const codes = new Set(reasonsAgainst(type, explained, start, now).map(({ code }) => code));
          for (const code of codes) seen.codes.set(code, (seen.codes.get(code) ?? 0) + 1);
          const offered = fitsRules(type, host, start, now) && isFree(type, host, start, now);
          return { start, codes: [...codes].sort(), offered };
        });
        const expected = answers.map(({ start }) => {
          const codes = brute.codes(start);
          return { start, codes, offered: codes.length === 0 };
        });
        expect(answers).toEqual(expected);
      }),
      { numRuns: 2000, seed },
    );
    // Cases that offer nothing, or never meet a rule, would prove nothing.
    expect(seen.offered).toBeGreaterThan(1000);
    expect(seen.joined).toBeGreaterThan(100);
    expect(seen.codes.size).toBe(11);
    expect(Math.min(...seen.codes.values())).toBeGreaterThan(20);
  });
});

describe('a team', () => {
  const modes = fc.record({
    scheduling: fc.constantFrom('COLLECTIVE' as const, 'ROUND_ROBIN' as const, 'QUORUM' as const),
    fixed: fc.subarray([0, 1, 2], { maxLength: 2 }),
    quorum: fc.integer({ min: 1, max: 3 }),
  });

  it(`offers what a brute force finds of each host, in 300 cases of seed ${seed}`, () => {
    const offered = { COLLECTIVE: 0, ROUND_ROBIN: 0, QUORUM: 0 };
    fc.assert(
      fc.property(scenario(3), modes, (given, { scheduling, fixed, quorum }) => {
        const { window, now } = given;
        const hosts = inhabited(given);
        const hostRules = fixed.map((i) => ({ host: `hst_${i}`, priority: 0, weight: 100, fixed: true }));
        const seats = scheduling === 'QUORUM' ? 1 : given.type.rules.seats;
        const rules = { ...given.type.rules, scheduling, quorum, hostRules, seats };
        const type = { id: given.type.id, hosts: ['hst_0', 'hst_1', 'hst_2'], rules };
        const team = teamStarts(
          type,
          hosts.map((host) => hostStarts(type, host, window, now)),
        );
        const lists = hosts.map((host) => bruteForce(type, host, window, now).left);
        const expected = bruteTeam(type, lists);
        const members = (i: number) =>
          type.hosts.filter(
            (_, at) => ((team.members?.[i * team.words + (at >> 5)] ?? -1) >>> (at & 31)) & 1,
          );
        const found = Array.from(team.starts, (start, i) => ({
          start,
          seats: team.seats[i],
          hosts: members(i),
        }));
        expect(found).toEqual(expected);
        offered[scheduling] += found.length;
      }),
      { numRuns: 300, seed },
    );
    expect(Math.min(...Object.values(offered))).toBeGreaterThan(50);
  });
});

describe('the clock of the process', () => {
  const own = process.env.TZ;
  afterEach(() => {
    if (own === undefined) delete process.env.TZ;
    else process.env.TZ = own;
  });

  /** What a fresh copy of the engine, which has kept no zone yet, offers. */
  async function offeredUnder(timeZone: string): Promise<{ offset: number; starts: number[][] }> {
    process.env.TZ = timeZone;
    vi.resetModules();
    const fresh = await import('../../src/availability/host-starts.ts');
    const starts = fc.sample(scenario(1), { numRuns: 200, seed }).map((given) => {
      const { type, window, now } = given;
      return Array.from(fresh.hostStarts(type, only(inhabited(given)), window, now).starts);
    });
    return { offset: new Date(1_900_000_000_000).getTimezoneOffset(), starts };
  }

  it('changes nothing', async () => {
    const utc = await offeredUnder('UTC');
    const kolkata = await offeredUnder('Asia/Kolkata');
    const saoPaulo = await offeredUnder('America/Sao_Paulo');
    expect([utc.offset, kolkata.offset, saoPaulo.offset]).toEqual([0, -330, 180]);
    expect(utc.starts.flat().length).toBeGreaterThan(100);
    expect(kolkata.starts).toEqual(utc.starts);
    expect(saoPaulo.starts).toEqual(utc.starts);
  });
});
