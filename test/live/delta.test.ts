import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/calendars/source.ts';
import { deltaBetween, differs } from '../../src/live/delta.ts';
import type { SlotList } from '../../src/offers/slot-list.ts';
import { answerOf, slotsOf } from './stage.fixture.ts';

const known = (starts: number[], seats?: number) => ({ etag: 'before', slots: slotsOf(starts, seats) });
const publicHost = (name: string) => ({ id: `host_${name}`, name, slug: name });

/** Each slot with the names of who could take it, and the seats that are left. */
const list = (...slots: [start: number, hosts: string, seats?: number][]): SlotList => {
  const teams = [...new Set(slots.map(([, hosts]) => hosts))];
  return {
    starts: Float64Array.from(slots, ([start]) => start),
    length: 60_000,
    seats: Uint32Array.from(slots, ([, , seats = 1]) => seats),
    teamOf: Uint32Array.from(slots, ([, hosts]) => teams.indexOf(hosts)),
    teams: teams.map((hosts) => [...hosts].map(publicHost)),
  };
};
const described = ({ starts, seats, teamOf, teams }: SlotList) =>
  Array.from(starts, (start, i) => [
    start,
    teams[teamOf[i] ?? -1]?.map(({ name }) => name).join(''),
    seats[i],
  ]);
const between = (before: SlotList, after: SlotList) => {
  const { added, removed } = deltaBetween(
    { etag: 'before', slots: before },
    { ...answerOf({ starts: [] }), slots: after },
  );
  return { added: described(added), removed: described(removed) };
};

describe('a delta', () => {
  it('removes the slots that are gone and adds the new ones', () => {
    const change = deltaBetween(known([1, 2, 4, 7]), answerOf({ starts: [2, 3, 7, 8] }));
    expect(change.fromEtag).toBe('before');
    expect([...change.removed.starts]).toEqual([1, 4]);
    expect([...change.added.starts]).toEqual([3, 8]);
  });

  it('is empty where only age, completeness or issues changed', () => {
    const change = deltaBetween(known([1, 2]), answerOf({ starts: [1, 2], complete: false }));
    expect(change).toMatchObject({ to: { complete: false } });
    expect([change.added.starts.length, change.removed.starts.length]).toEqual([0, 0]);
  });

  it('has a slot in both lists when its hosts or seats changed, and no other slot', () => {
    expect(between(list([1, 'ab'], [2, 'ab', 3], [3, 'b']), list([1, 'b'], [2, 'ab', 2], [3, 'b']))).toEqual({
      removed: [
        [1, 'ab', 1],
        [2, 'ab', 3],
      ],
      added: [
        [1, 'b', 1],
        [2, 'ab', 2],
      ],
    });
  });

  it("has every slot in both lists when the length or a host's name changed", () => {
    const before = list([1, 'a'], [2, 'b']);
    expect(between(before, { ...before, length: 1 })).toEqual({
      removed: described(before),
      added: described(before),
    });
    const renamed = { ...before, teams: [before.teams[0] ?? [], [{ ...publicHost('b'), name: 'B' }]] };
    expect(between(before, renamed)).toEqual({ removed: [[2, 'b', 1]], added: [[2, 'B', 1]] });
  });

  it('leads from any slots to any others, without the slots that stay as they were', () => {
    const slots = fc
      .uniqueArray(fc.tuple(fc.nat(20), fc.constantFrom('a', 'b', 'ab'), fc.integer({ min: 1, max: 2 })), {
        selector: ([start]) => start,
      })
      .map((all) => all.sort(([a], [b]) => a - b));
    fc.assert(
      fc.property(slots, slots, (before, after) => {
        const { added, removed } = between(list(...before), list(...after));
        const held = new Map(before.map((slot) => [slot[0], JSON.stringify(slot)]));
        for (const slot of removed) {
          expect(held.get(Number(slot[0]))).toBe(JSON.stringify(slot));
          held.delete(Number(slot[0]));
        }
        for (const slot of added) {
          expect(held.has(Number(slot[0]))).toBe(false);
          held.set(Number(slot[0]), JSON.stringify(slot));
        }
        expect([...held].sort(([a], [b]) => a - b).map(([, slot]) => slot)).toEqual(
          after.map((slot) => JSON.stringify(slot)),
        );
        const staying = before.map((slot) => JSON.stringify(slot));
        for (const slot of after.map((one) => JSON.stringify(one)).filter((one) => staying.includes(one))) {
          expect([...added, ...removed].map((one) => JSON.stringify(one))).not.toContain(slot);
        }
      }),
    );
  });
});

it('an answer is news by its etag, issues or completeness, not by its age', () => {
  const issue: Issue = { code: 'SOURCE_STALE', host: 'h', calendar: 'c', message: 'm' };
  const now = answerOf({ starts: [1] });
  expect(differs(now, answerOf({ starts: [1] }, now.computedAt + 60_000))).toBe(false);
  expect(differs(now, answerOf({ starts: [2] }))).toBe(true);
  expect(differs(now, answerOf({ starts: [1], complete: false }))).toBe(true);
  expect(differs(now, answerOf({ starts: [1], issues: [issue] }))).toBe(true);
});
