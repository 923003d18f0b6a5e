import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBusy, encodeBusy, isBusyValue } from '../../../src/cache/codecs/busy.ts';
import type { CalendarBusy } from '../../../src/calendars/source.ts';
import { DAY, HOUR, MINUTE } from '../../../src/time/clock.ts';

const instant = fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 }), { nil: null });

const head = fc.record({
  provenAsOf: instant,
  provenPull: fc.oneof(fc.constant(null), fc.nat()),
  coveredFrom: instant,
  coveredTo: instant,
  basis: fc.constantFrom<CalendarBusy['basis']>('NEVER', 'POLL', 'NOTIFICATION', 'STRICT', 'NATIVE'),
  trouble: fc.constantFrom<CalendarBusy['trouble']>(
    null,
    'auth-revoked',
    'unreachable',
    'partial',
    'approximate',
  ),
});

/** Ascending periods that don't touch, in whole units. */
const merged = fc
  .record({
    unit: fc.constantFrom(1, 250, 1_000, MINUTE, 15 * MINUTE),
    origin: fc.integer({ min: -4e12, max: 4e12 }),
    periods: fc.array(fc.tuple(fc.nat(5_000_000), fc.nat(5_000_000), fc.nat(2)), { maxLength: 60 }),
  })
  .map(({ unit, origin, periods }) => {
    let last = origin;
    const bounds = periods.flatMap(([gap, length]) => {
      const start = last + gap * unit;
      last = start + length * unit;
      return [start, last];
    });
    return { bounds: Float64Array.from(bounds), kinds: Uint8Array.from(periods, ([, , kind]) => kind) };
  });

/** Anything of the right shape. */
const wild = fc.array(fc.tuple(fc.double(), fc.double(), fc.nat(255)), { maxLength: 20 }).map((periods) => ({
  // Adding 0 turns −0, which is no other instant, into 0.
  bounds: Float64Array.from(periods.flatMap(([start, end]) => [start + 0, end + 0])),
  kinds: Uint8Array.from(periods, ([, , kind]) => kind),
}));

const value = fc.tuple(head, fc.oneof(merged, wild)).map(([head, busy]) => ({ ...head, busy }));

const empty: CalendarBusy = {
  provenAsOf: null,
  provenPull: null,
  basis: 'NEVER',
  coveredFrom: null,
  coveredTo: null,
  trouble: null,
  busy: { bounds: new Float64Array(), kinds: new Uint8Array() },
};

/** Eight meetings on each of 22 working days, on the quarter hour. */
function month(shift = 0): CalendarBusy {
  const bounds: number[] = [];
  for (let day = 0; day < 30; day++) {
    if (day % 7 > 4) continue;
    for (let meeting = 0; meeting < 8; meeting++) {
      const start = Date.UTC(2026, 10, 2, 8) + day * DAY + meeting * HOUR + shift;
      bounds.push(start, start + 45 * MINUTE);
    }
  }
  return {
    provenAsOf: Date.UTC(2026, 10, 20),
    provenPull: 4711,
    basis: 'POLL',
    coveredFrom: Date.UTC(2026, 10, 1),
    coveredTo: Date.UTC(2027, 3, 1),
    trouble: null,
    busy: { bounds: Float64Array.from(bounds), kinds: new Uint8Array(bounds.length / 2).fill(1) },
  };
}

describe('the busy codec', () => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(value, (value) => {
        expect(decodeBusy(encodeBusy(value))).toEqual(value);
      }),
    );
  });

  it('never throws on damaged bytes', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.nat(255), fc.nat(), (value, place, byte, cut) => {
        const bytes = encodeBusy(value);
        bytes[place % bytes.length] = byte;
        decodeBusy(bytes);
        expect(decodeBusy(encodeBusy(value).subarray(0, cut % bytes.length))).toBeNull();
        expect(decodeBusy(Buffer.concat([encodeBusy(value), Buffer.of(0)]))).toBeNull();
      }),
    );
  });

  it('preserves sub-second instants', () => {
    const value = { ...month(123), provenAsOf: 1_790_000_000_001 };
    expect(decodeBusy(encodeBusy(value))).toEqual(value);
  });

  it('needs less than a kilobyte for a full month', () => {
    expect(encodeBusy(month()).length).toBeLessThan(600);
    expect(encodeBusy(month(30_000)).length).toBeLessThan(600);
    expect(encodeBusy(empty).length).toBe(48);
  });

  it('decodes an unknown format to null', () => {
    const bytes = encodeBusy(month());
    expect(isBusyValue(bytes)).toBe(true);
    bytes[0] = 1;
    expect(decodeBusy(bytes)).toBeNull();
    expect(isBusyValue(bytes)).toBe(false);
    expect(decodeBusy(Buffer.alloc(0))).toBeNull();
  });
});
