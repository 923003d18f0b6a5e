import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, OfferedSlot } from '../../../src/web/live/availability.ts';
import type { FreshAnswer } from '../../../src/web/live/freshness.ts';
import {
  type Applied,
  type AvailabilityEvent,
  applyAnswer,
  applyEvent,
} from '../../../src/web/live/slots.ts';

const at = (hour: number) => `2025-06-02T${String(hour).padStart(2, '0')}:00:00.000Z`;
const slot = (hour: number, seatsLeft = 1): OfferedSlot => ({
  start: at(hour),
  end: at(hour + 1),
  seatsLeft,
  hosts: [{ id: 'h', name: 'Ada' }],
});
const answer = (etag: string, slots: OfferedSlot[], rest: Partial<Answer> = {}): Answer => ({
  etag,
  slots,
  complete: true,
  issues: [],
  computedAt: at(0),
  ...rest,
});
const snapshot = (etag: string, slots: OfferedSlot[]): AvailabilityEvent<Answer> => ({
  __typename: 'AvailabilitySnapshot',
  etag,
  availability: answer(etag, slots),
});
const delta = (
  fromEtag: string,
  etag: string,
  added: OfferedSlot[],
  removed: OfferedSlot[],
  rest: { complete?: boolean; issues?: Answer['issues'] } = {},
): AvailabilityEvent<Answer> => ({
  __typename: 'AvailabilityDelta',
  fromEtag,
  etag,
  added,
  removed,
  complete: true,
  issues: [],
  computedAt: at(1),
  ...rest,
});

function apply(
  held: Answer | null,
  event: AvailabilityEvent<Answer>,
): Extract<Applied<Answer>, { kind: 'applied' }> {
  const applied = applyEvent(held, event);
  if (applied.kind === 'out-of-step') throw new Error('out of step');
  return applied;
}
const starts = (held: Answer) => held.slots.map((each) => each.start);

describe('applying events', () => {
  it('sorts the slots of a first snapshot by start, and reports none as added', () => {
    const { held, change } = apply(null, snapshot('a', [slot(11), slot(9)]));
    expect(starts(held)).toEqual([at(9), at(11)]);
    expect(change).toEqual({ added: [], removed: [], changed: [] });
  });

  it('removes and adds slots in order of start', () => {
    const { held } = apply(null, snapshot('a', [slot(9), slot(11)]));
    const next = apply(held, delta('a', 'b', [slot(10)], [slot(11)]));
    expect(starts(next.held)).toEqual([at(9), at(10)]);
    expect(next.held.etag).toBe('b');
    expect(next.change).toEqual({
      added: [Date.parse(at(10))],
      removed: [Date.parse(at(11))],
      changed: [],
    });
  });

  it('reports a slot that a delta removes and adds as changed', () => {
    const { held } = apply(null, snapshot('a', [slot(9, 3)]));
    const next = apply(held, delta('a', 'b', [slot(9, 2)], [slot(9, 3)]));
    expect(next.held.slots).toEqual([slot(9, 2)]);
    expect(next.change).toEqual({ added: [], removed: [], changed: [Date.parse(at(9))] });
  });

  it('refuses a delta from another etag, and a delta before any snapshot', () => {
    const { held } = apply(null, snapshot('a', [slot(9)]));
    expect(applyEvent(held, delta('x', 'y', [], [slot(9)]))).toEqual({ kind: 'out-of-step' });
    expect(applyEvent(null, delta('a', 'b', [slot(9)], []))).toEqual({ kind: 'out-of-step' });
  });

  it('applies completeness and issues of a delta that changes no slot', () => {
    const { held } = apply(null, snapshot('a', [slot(9)]));
    const stale = [{ code: 'SOURCE_STALE' as const }, { code: 'SOURCE_STALE' as const }];
    const next = apply(held, delta('a', 'a', [], [], { complete: false, issues: stale }));
    expect(next.held).toMatchObject({
      etag: 'a',
      complete: false,
      issues: stale,
      slots: [slot(9)],
    });
    expect(next.change).toEqual({ added: [], removed: [], changed: [] });
  });

  it('identifies a slot by the instant of its start, however it is written', () => {
    const { held } = apply(null, snapshot('a', [slot(9)]));
    const next = apply(held, delta('a', 'b', [], [{ ...slot(9), start: '2025-06-02T11:00:00+02:00' }]));
    expect(next.held.slots).toEqual([]);
  });

  it('reports how a later snapshot differs', () => {
    const { held } = apply(null, snapshot('a', [slot(9), slot(10)]));
    const applied = applyAnswer(held, answer('c', [slot(10), slot(11)]));
    expect(applied).toMatchObject({ change: { added: [Date.parse(at(11))], removed: [Date.parse(at(9))] } });
  });

  it('holds after each event what the query would answer', () => {
    const offer = fc.record({
      hour: fc.integer({ min: 0, max: 20 }),
      seatsLeft: fc.integer({ min: 1, max: 3 }),
      hosts: fc.subarray(['Ada', 'Grace', 'Mary']).map((names) => names.map((name) => ({ id: name, name }))),
    });
    const facts = fc.record({
      slots: fc
        .uniqueArray(offer, { selector: ({ hour }) => hour })
        .map((offers) =>
          offers
            .sort((a, b) => a.hour - b.hour)
            .map(({ hour, ...rest }): OfferedSlot => ({ start: at(hour), end: at(hour + 1), ...rest })),
        ),
      complete: fc.boolean(),
      issues: fc.array(
        fc.record({ code: fc.constantFrom('SOURCE_STALE' as const, 'SOURCE_PARTIAL' as const) }),
      ),
      computedAt: fc.integer({ min: 0, max: 20 }).map(at),
      freshness: fc.record({
        provenAsOf: fc.option(fc.integer({ min: 0, max: 20 }).map(at)),
        bound: fc.option(fc.constant('PT5M')),
      }),
    });
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1, maxLength: 6 }), fc.func(fc.boolean()), (steps, whole) => {
        let held: FreshAnswer | null = null;
        for (const [i, step] of steps.entries()) {
          const now: FreshAnswer = { etag: String(i), ...step };
          const event: AvailabilityEvent<FreshAnswer> =
            held && !whole(i) ? changeOf(held, now) : wholeOf(now);
          const applied: Applied<FreshAnswer> = applyEvent(held, event);
          if (applied.kind === 'out-of-step') throw new Error('out of step');
          held = applied.held;
          expect(held).toEqual(now);
        }
      }),
    );
  });
});

const wholeOf = (now: FreshAnswer): AvailabilityEvent<FreshAnswer> => ({
  __typename: 'AvailabilitySnapshot',
  etag: now.etag,
  availability: now,
});

/** As the server tells it: a slot that changed is in both lists. */
function changeOf(before: FreshAnswer, { slots, ...facts }: FreshAnswer): AvailabilityEvent<FreshAnswer> {
  const missing = (from: readonly OfferedSlot[], there: readonly OfferedSlot[]) => {
    const known = new Set(there.map((each) => JSON.stringify(each)));
    return from.filter((each) => !known.has(JSON.stringify(each)));
  };
  return {
    __typename: 'AvailabilityDelta',
    fromEtag: before.etag,
    added: missing(slots, before.slots),
    removed: missing(before.slots, slots).map(({ start }) => ({ start })),
    ...facts,
  };
}
