import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/calendars/source.ts';
import { delta, differs } from '../../src/live/delta.ts';
import { answerOf, slotsOf } from './stage.ts';

const known = (starts: number[], seats?: number) => ({ etag: 'before', slots: slotsOf(starts, seats) });

describe('a delta', () => {
  it('takes away what is gone and adds what is new', () => {
    const change = delta(known([1, 2, 4, 7]), answerOf({ starts: [2, 3, 7, 8] }));
    expect(change.fromEtag).toBe('before');
    expect([...change.removed.starts]).toEqual([1, 4]);
    expect([...change.added.starts]).toEqual([3, 8]);
  });

  it('is empty where only age, completeness or issues changed', () => {
    const change = delta(known([1, 2]), answerOf({ starts: [1, 2], complete: false }));
    expect(change).toMatchObject({ to: { complete: false } });
    expect([change.added.starts.length, change.removed.starts.length]).toEqual([0, 0]);
  });

  it('has every slot in both when hosts, seats or length are others', () => {
    const change = delta(known([1, 2], 1), answerOf({ starts: [2, 3], seats: 2 }));
    expect([...change.removed.starts]).toEqual([1, 2]);
    expect(change.removed.seatsLeft).toBe(1);
    expect([...change.added.starts]).toEqual([2, 3]);
    expect(change.added.seatsLeft).toBe(2);
  });

  it('leads from any slots to any others', () => {
    const starts = fc.uniqueArray(fc.nat(40)).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(starts, starts, (before, after) => {
        const { added, removed } = delta(known(before), answerOf({ starts: after }));
        const held = new Set(before);
        for (const start of removed.starts) expect(held.delete(start)).toBe(true);
        for (const start of added.starts) {
          expect(held.has(start)).toBe(false);
          held.add(start);
        }
        expect([...held].sort((a, b) => a - b)).toEqual(after);
      }),
    );
  });
});

it('news is another etag, other issues or another completeness; age is none', () => {
  const issue: Issue = { code: 'SOURCE_STALE', host: 'h', calendar: 'c', message: 'm' };
  const now = answerOf({ starts: [1] });
  expect(differs(now, answerOf({ starts: [1] }, now.computedAt + 60_000))).toBe(false);
  expect(differs(now, answerOf({ starts: [2] }))).toBe(true);
  expect(differs(now, answerOf({ starts: [1], complete: false }))).toBe(true);
  expect(differs(now, answerOf({ starts: [1], issues: [issue] }))).toBe(true);
});
