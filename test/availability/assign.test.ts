import { describe, expect, it } from 'vitest';
import { assignHosts, type Candidate } from '../../src/availability/assign.ts';
import type { HostRule } from '../../src/availability/rules.ts';

const candidate = (host: string, load = 0, lastBookedAt: number | null = null): Candidate => ({
  host,
  load,
  lastBookedAt,
});

const rule = (host: string, changes: Partial<HostRule>): HostRule => ({
  host,
  priority: 0,
  weight: 100,
  fixed: false,
  ...changes,
});

const roundRobin = (candidates: Candidate[], ...hostRules: HostRule[]) =>
  assignHosts({ scheduling: 'ROUND_ROBIN', quorum: null, hostRules }, candidates);

describe('assign', () => {
  it('takes the higher priority, however loaded', () => {
    expect(roundRobin([candidate('a'), candidate('b', 90)], rule('b', { priority: 1 }))).toEqual(['b']);
    expect(roundRobin([candidate('a', 90), candidate('b')], rule('b', { priority: -1 }))).toEqual(['a']);
  });

  it('takes whose share would be the smallest with one more', () => {
    expect(roundRobin([candidate('a', 3), candidate('b', 2)])).toEqual(['b']);
    // 6 of 300 against 3 of 100.
    expect(roundRobin([candidate('a', 2), candidate('b', 5)], rule('b', { weight: 300 }))).toEqual(['b']);
    expect(roundRobin([candidate('a', 0), candidate('b', 5)], rule('b', { weight: 300 }))).toEqual(['a']);
  });

  it('takes who waited longest when shares are equal, who never had one first', () => {
    expect(roundRobin([candidate('a', 1, 20), candidate('b', 1, 10)])).toEqual(['b']);
    expect(roundRobin([candidate('a', 1, 20), candidate('b', 1)])).toEqual(['b']);
    // 1 of 49 and 2 of 98, which differ as fractions of floating point may.
    const rules = [rule('a', { weight: 49 }), rule('b', { weight: 98 })];
    expect(roundRobin([candidate('a', 0, 20), candidate('b', 1, 10)], ...rules)).toEqual(['b']);
  });

  it('takes the first of the event type’s order when nothing tells them apart', () => {
    expect(roundRobin([candidate('b'), candidate('a')])).toEqual(['b']);
    expect(roundRobin([candidate('b', 4, 7), candidate('a', 4, 7)])).toEqual(['b']);
  });

  it('gives shares by weight in the long run', () => {
    const loads = new Map([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    const rules = [rule('a', { weight: 100 }), rule('b', { weight: 200 }), rule('c', { weight: 300 })];
    for (let i = 0; i < 600; i++) {
      const [host = ''] =
        roundRobin(
          [...loads].map(([name, load]) => candidate(name, load)),
          ...rules,
        ) ?? [];
      loads.set(host, (loads.get(host) ?? 0) + 1);
    }
    expect([...loads.values()]).toEqual([100, 200, 300]);
  });

  it('adds every fixed host to the one assigned, and none when a fixed one is missing', () => {
    const fixed = rule('b', { fixed: true });
    expect(roundRobin([candidate('a', 1), candidate('b'), candidate('c')], fixed)).toEqual(['b', 'c']);
    expect(roundRobin([candidate('a'), candidate('c')], fixed)).toBeNull();
    expect(roundRobin([candidate('b')], fixed)).toBeNull();
  });

  it('takes exactly the quorum, the fairest of them', () => {
    const quorum = (least: number) =>
      assignHosts({ scheduling: 'QUORUM', quorum: least, hostRules: [rule('a', { fixed: true })] }, [
        candidate('a', 5),
        candidate('b', 2),
        candidate('c', 3),
      ]);
    expect(quorum(1)).toEqual(['b']);
    expect(quorum(2)).toEqual(['b', 'c']);
    expect(quorum(4)).toBeNull();
  });

  it('takes all for COLLECTIVE, and nobody of none', () => {
    const collective = { scheduling: 'COLLECTIVE' as const, quorum: null, hostRules: [] };
    expect(assignHosts(collective, [candidate('a'), candidate('b', 9)])).toEqual(['a', 'b']);
    expect(assignHosts(collective, [])).toBeNull();
    expect(roundRobin([])).toBeNull();
  });
});
