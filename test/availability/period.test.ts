import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BusyKind,
  type BusyList,
  blockingPeriods,
  clipBusy,
  KINDS,
  type KindPeriod,
  mergeBusy,
  mergeBusyLists,
  mergePeriods,
} from '../../src/availability/period.ts';

/** Time in these tests is 0 to 40, one unit after the other. */
const UNITS = 40;
const period = fc
  .tuple(fc.integer({ min: 0, max: UNITS }), fc.integer({ min: 0, max: 12 }))
  .map(([start, length]) => ({ start, end: Math.min(start + length, UNITS) }));
const kindPeriod = fc
  .tuple(period, fc.constantFrom(...KINDS))
  .map(([bounds, kind]): KindPeriod => ({ ...bounds, kind }));
const periods = fc.array(kindPeriod, { maxLength: 12 });

/** Per unit of time, the strongest kind that takes it. */
const unitsOf = (list: KindPeriod[]) =>
  Array.from({ length: UNITS }, (_, unit) =>
    KINDS.find((kind) => list.some((each) => each.kind === kind && each.start <= unit && unit < each.end)),
  );

const read = ({ bounds, kinds }: BusyList): KindPeriod[] =>
  Array.from(kinds, (kind, i) => ({
    start: bounds[2 * i] ?? Number.NaN,
    end: bounds[2 * i + 1] ?? Number.NaN,
    kind: KINDS[kind] as BusyKind,
  }));

/** The periods that units make when equal neighbours are one. */
function joined<T>(units: (T | undefined)[]): { start: number; end: number; kind: T }[] {
  const found: { start: number; end: number; kind: T }[] = [];
  units.forEach((kind, unit) => {
    const last = found.at(-1);
    if (kind === undefined) return;
    if (last?.end === unit && last.kind === kind) last.end++;
    else found.push({ start: unit, end: unit + 1, kind });
  });
  return found;
}

const flat = (list: { start: number; end: number }[]) => list.flatMap(({ start, end }) => [start, end]);

describe('mergePeriods', () => {
  it('equals a union unit by unit, whatever the order and the lists', () => {
    fc.assert(
      fc.property(fc.array(fc.array(period, { maxLength: 8 }), { maxLength: 4 }), (lists) => {
        const taken = unitsOf(lists.flat().map((each) => ({ ...each, kind: 'BUSY' })));
        const merged = mergePeriods(lists.map((list) => new Float64Array(flat(list))));
        expect(Array.from(merged)).toEqual(flat(joined(taken)));
      }),
    );
  });

  it('gives zero-length and backward periods no time', () => {
    expect(Array.from(mergePeriods([Float64Array.of(5, 5, 9, 8, 1, 2)]))).toEqual([1, 2]);
  });
});

describe('mergeBusy', () => {
  it('equals the strongest kind unit by unit', () => {
    fc.assert(
      fc.property(periods, (list) => {
        expect(read(mergeBusy(list))).toEqual(joined(unitsOf(list)));
      }),
    );
  });

  it('does not depend on the order of arrival', () => {
    const shuffled = periods.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(mergeBusy(other)).toEqual(mergeBusy(list));
      }),
    );
  });

  it('lets BUSY win over BUSY_UNAVAILABLE over BUSY_TENTATIVE', () => {
    const list: KindPeriod[] = [
      { start: 0, end: 10, kind: 'BUSY_TENTATIVE' },
      { start: 2, end: 6, kind: 'BUSY_UNAVAILABLE' },
      { start: 3, end: 4, kind: 'BUSY' },
    ];
    expect(read(mergeBusy(list))).toEqual([
      { start: 0, end: 2, kind: 'BUSY_TENTATIVE' },
      { start: 2, end: 3, kind: 'BUSY_UNAVAILABLE' },
      { start: 3, end: 4, kind: 'BUSY' },
      { start: 4, end: 6, kind: 'BUSY_UNAVAILABLE' },
      { start: 6, end: 10, kind: 'BUSY_TENTATIVE' },
    ]);
  });
});

describe('mergeBusyLists', () => {
  it('equals merging all periods at once', () => {
    fc.assert(
      fc.property(fc.array(periods, { maxLength: 4 }), (lists) => {
        expect(mergeBusyLists(lists.map(mergeBusy))).toEqual(mergeBusy(lists.flat()));
      }),
    );
  });
});

describe('clipBusy', () => {
  it('keeps exactly the units of its window', () => {
    fc.assert(
      fc.property(periods, period, (list, { start, end }) => {
        const units = unitsOf(list).map((kind, unit) => (start <= unit && unit < end ? kind : undefined));
        expect(read(clipBusy(mergeBusy(list), start, end))).toEqual(joined(units));
      }),
    );
  });
});

describe('blocking', () => {
  it('is the union of the kinds that block, merged', () => {
    fc.assert(
      fc.property(periods, fc.boolean(), (list, tentativeBlocks) => {
        const units = unitsOf(list).map((kind) =>
          kind === undefined || (kind === 'BUSY_TENTATIVE' && !tentativeBlocks) ? undefined : true,
        );
        expect(Array.from(blockingPeriods(mergeBusy(list), tentativeBlocks))).toEqual(flat(joined(units)));
      }),
    );
  });
});
