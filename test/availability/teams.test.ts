import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offeredByAtLeast } from '../../src/availability/teams.ts';

const starts = fc
  .uniqueArray(fc.integer({ min: 0, max: 30 }))
  .map((list) => new Float64Array(list.sort((a, b) => a - b)));

describe('offeredByAtLeast', () => {
  it('is every start that enough hosts offer, ascending, once', () => {
    fc.assert(
      fc.property(fc.array(starts, { maxLength: 7 }), fc.integer({ min: 1, max: 7 }), (lists, quorum) => {
        const every = Array.from({ length: 31 }, (_, start) => start);
        const enough = every.filter((start) => lists.filter((list) => list.includes(start)).length >= quorum);
        expect(Array.from(offeredByAtLeast(quorum, lists))).toEqual(enough);
      }),
    );
  });
});
