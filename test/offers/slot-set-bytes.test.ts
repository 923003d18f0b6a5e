import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECENT_SLOT_SETS } from '../../src/cache/port.ts';
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

const encode = (given: SlotList): Buffer =>
  encodeSlotSet(given, RECENT_SLOT_SETS.maxBytes) ?? expect.fail('too large');

/** Another content in the same wrapping. */
const changed = (change: (raw: Buffer) => Buffer) =>
  deflateRawSync(change(inflateRawSync(encode(slotsOf([1, 2, 3])))));

describe('the slot set codec', () => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(slots, (given) => {
        // As Redis gives them back: somewhere in a larger buffer.
        const bytes = Buffer.concat([Buffer.from('odd'), encode(given)]).subarray(3);
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
    expect(decodeSlotSet(encode(part))).toEqual(slotsOf([2, 3]));
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
    const { length } = inflateRawSync(encode(slotsOf([1, 2, 3])));
    for (let end = 0; end < length; end++) {
      expect(decodeSlotSet(changed((raw) => raw.subarray(0, end)))).toBeNull();
    }
    expect(decodeSlotSet(changed((raw) => Buffer.concat([raw, Buffer.alloc(16)])))).toBeNull();
  });

  it('encodes no list that would hardly fit, whether for its slots or for its teams', () => {
    const { maxBytes } = RECENT_SLOT_SETS;
    const columns = (count: number) => slotsOf(Array.from({ length: count }, (_, i) => i * 60_000));
    expect(encodeSlotSet(columns(20_000), maxBytes)?.length).toBeLessThan(maxBytes);
    expect(encodeSlotSet(columns(25_000), maxBytes)).toBeNull();
    const team = Array.from({ length: 100 }, (_, i) => ({ id: `host_${i}`, name: 'Ada', slug: `ada-${i}` }));
    const teamed = (teams: number) => ({
      ...slotsOf([1, 2]),
      teams: Array.from({ length: teams }, () => team),
    });
    expect(decodeSlotSet(encode(teamed(100)))).toEqual(teamed(100));
    expect(encodeSlotSet(teamed(300), maxBytes)).toBeNull();
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
