import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  type AvailabilityEvent,
  applyAnswer,
  applyEvent,
  type LiveSlots,
  type OfferedSlot,
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
const snapshot = (etag: string, slots: OfferedSlot[]): AvailabilityEvent => ({
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
): AvailabilityEvent => ({
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

function apply(held: LiveSlots | null, event: AvailabilityEvent) {
  const applied = applyEvent(held, event);
  if (applied.kind === 'out-of-step') throw new Error('out of step');
  return applied;
}
const starts = (held: LiveSlots) => held.slots.map((each) => each.start);

describe('applying events', () => {
  it('takes a first snapshot without calling its slots new, in order of start', () => {
    const { held, change } = apply(null, snapshot('a', [slot(11), slot(9)]));
    expect(starts(held)).toEqual([at(9), at(11)]);
    expect(change).toEqual({ added: [], removed: [], changed: [] });
  });

  it('removes and adds, and keeps the order', () => {
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

  it('keeps a slot that is in both, as it is now, and calls it changed', () => {
    const { held } = apply(null, snapshot('a', [slot(9, 3)]));
    const next = apply(held, delta('a', 'b', [slot(9, 2)], [slot(9, 3)]));
    expect(next.held.slots).toEqual([slot(9, 2)]);
    expect(next.change).toEqual({ added: [], removed: [], changed: [Date.parse(at(9))] });
  });

  it('refuses a delta that begins elsewhere, and one before any snapshot', () => {
    const { held } = apply(null, snapshot('a', [slot(9)]));
    expect(applyEvent(held, delta('x', 'y', [], [slot(9)]))).toEqual({ kind: 'out-of-step' });
    expect(applyEvent(null, delta('a', 'b', [slot(9)], []))).toEqual({ kind: 'out-of-step' });
  });

  it('takes completeness and issues from a delta that changes no slot', () => {
    const { held } = apply(null, snapshot('a', [slot(9)]));
    const stale = [{ code: 'SOURCE_STALE' as const }, { code: 'SOURCE_STALE' as const }];
    const next = apply(held, delta('a', 'a', [], [], { complete: false, issues: stale }));
    expect(next.held).toMatchObject({
      etag: 'a',
      complete: false,
      issues: ['SOURCE_STALE'],
      slots: [slot(9)],
    });
    expect(next.change).toEqual({ added: [], removed: [], changed: [] });
  });

  it('names one start by its instant, however it is written', () => {
    const { held } = apply(null, snapshot('a', [slot(9)]));
    const next = apply(held, delta('a', 'b', [], [{ ...slot(9), start: '2025-06-02T11:00:00+02:00' }]));
    expect(next.held.slots).toEqual([]);
  });

  it('says how a later snapshot differs', () => {
    const { held } = apply(null, snapshot('a', [slot(9), slot(10)]));
    const applied = applyAnswer(held, answer('c', [slot(10), slot(11)]));
    expect(applied).toMatchObject({ change: { added: [Date.parse(at(11))], removed: [Date.parse(at(9))] } });
  });

  it('arrives at the snapshot by deltas, whatever the way', () => {
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.array(hours, { minLength: 2, maxLength: 6 }), (steps) => {
        let { held } = apply(
          null,
          snapshot(
            '0',
            (steps[0] ?? []).map((hour) => slot(hour)),
          ),
        );
        steps.slice(1).forEach((now, i) => {
          const before = steps[i] ?? [];
          const added = now.filter((hour) => !before.includes(hour)).map((hour) => slot(hour));
          const removed = before.filter((hour) => !now.includes(hour)).map((hour) => slot(hour));
          held = apply(held, delta(String(i), String(i + 1), added, removed)).held;
        });
        const last = (steps.at(-1) ?? []).map((hour) => slot(hour));
        expect(held.slots).toEqual(apply(null, snapshot('z', last)).held.slots);
      }),
    );
  });
});
