import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSlotSet, encodeSlotSet, type SlotList } from '../../src/offers/slot-list.ts';
import { seed } from '../availability/seed.fixture.ts';
import { slotsOf } from '../live/stage.fixture.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const host = fc.record({ id: text, name: text, slug: text });
const number32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const slots: fc.Arbitrary<SlotList> = fc
  .record({
    starts: fc.array(fc.tuple(fc.integer({ min: -8.64e15, max: 8.64e15 }), number32, number32)),
    length: fc.integer({ min: 1, max: 1e10 }),
    teams: fc.array(fc.array(host, { maxLength: 3 }), { maxLength: 3 }),
  })
  .map(({ starts, ...more }) => ({
    ...more,
    starts: Float64Array.from(starts, ([start]) => start),
    seats: Uint32Array.from(starts, ([, seats]) => seats),
    teamOf: Uint32Array.from(starts, ([, , team]) => team),
  }));

/** Another content in the same wrapping. */
const changed = (change: (raw: Buffer) => Buffer) =>
  deflateRawSync(change(inflateRawSync(encodeSlotSet(slotsOf([1, 2, 3])))));

describe('the slot set codec', () => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(slots, (given) => {
        // As Redis gives them back: somewhere in a larger buffer.
        const bytes = Buffer.concat([Buffer.from('odd'), encodeSlotSet(given)]).subarray(3);
        expect(decodeSlotSet(bytes)).toEqual(given);
      }),
      { seed },
    );
  });

  it('encodes only its part of longer columns', () => {
    const long = slotsOf([1, 2, 3, 4]);
    const part = {
      ...long,
      starts: long.starts.subarray(1, 3),
      seats: long.seats.subarray(1, 3),
      teamOf: long.teamOf.subarray(1, 3),
    };
    expect(decodeSlotSet(encodeSlotSet(part))).toEqual(slotsOf([2, 3]));
  });

  it('decodes another format to null', () => {
    expect(decodeSlotSet(changed((raw) => raw))).toEqual(slotsOf([1, 2, 3]));
    const other = changed((raw) => {
      raw[0] = 2;
      return raw;
    });
    expect(decodeSlotSet(other)).toBeNull();
  });

  it('decodes truncated or extended bytes to null', () => {
    const { length } = inflateRawSync(encodeSlotSet(slotsOf([1, 2, 3])));
    for (let end = 0; end < length; end++) {
      expect(decodeSlotSet(changed((raw) => raw.subarray(0, end)))).toBeNull();
    }
    expect(decodeSlotSet(changed((raw) => Buffer.concat([raw, Buffer.alloc(16)])))).toBeNull();
  });

  it('decodes foreign bytes to null', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, wrapped) => {
        expect(decodeSlotSet(wrapped ? deflateRawSync(bytes) : Buffer.from(bytes))).toBeNull();
      }),
      { seed },
    );
    // However large it would become.
    expect(decodeSlotSet(deflateRawSync(Buffer.alloc(64 * 1024 * 1024, 1)))).toBeNull();
  });
});
