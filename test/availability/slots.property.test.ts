/** findSlots against a brute force, around clock changes of many kinds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DayRange, ZoneChange } from '../../src/availability/hours.ts';
import { mergePeriods } from '../../src/availability/period.ts';
import { findSlots } from '../../src/availability/slots.ts';
import { bruteForce, DAY, MINUTE } from './brute-force.ts';

/** UTC days around which a zone changes its clock, or nothing happens. */
const places: Record<string, string[]> = {
  'Europe/Berlin': ['2030-03-31', '2030-10-27', '2030-07-01'],
  'America/New_York': ['2030-03-10', '2030-11-03'],
  'Asia/Kolkata': ['2030-03-10'],
  'Australia/Lord_Howe': ['2030-04-06', '2030-10-05'],
  'Pacific/Apia': ['2011-12-30', '2020-04-04'],
  'Africa/Casablanca': ['2030-01-05', '2030-02-09'],
  'America/Sao_Paulo': ['2018-02-18', '2018-11-04'],
  'America/Havana': ['2030-03-10', '2030-11-03'],
};

const minuteOfDay = fc.oneof(
  fc.constantFrom(0, 1440, 60, 90, 120, 150, 180),
  fc.integer({ min: 0, max: 96 }).map((quarter) => quarter * 15),
  fc.integer({ min: 0, max: 1440 }),
);
const dayRange: fc.Arbitrary<DayRange> = fc
  .tuple(minuteOfDay, minuteOfDay)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

const place = fc.oneof(
  ...Object.entries(places).map(([timeZone, dates]) =>
    fc.constantFrom(...dates).map((date) => ({ timeZone, centre: Date.parse(date) })),
  ),
);

const minutes = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * MINUTE);
const sometimes = (arbitrary: fc.Arbitrary<number>) => fc.oneof(fc.constant(0), arbitrary);

const rules = fc.record({
  length: fc.oneof(fc.constantFrom(15 * MINUTE, 30 * MINUTE, 60 * MINUTE), minutes(1, 1800)),
  interval: fc.oneof(fc.constantFrom(15 * MINUTE, 20 * MINUTE, 45 * MINUTE), minutes(1, 300)),
  bufferBefore: sometimes(minutes(1, 90)),
  bufferAfter: sometimes(minutes(1, 90)),
  minimumNotice: sometimes(minutes(1, 2000)),
  horizon: fc.oneof(fc.constant(null), minutes(1, 6000)),
});

/** A case: everything near the centre, dates as distances from it. */
const scenario = place.chain(({ timeZone, centre }) => {
  const date = fc
    .integer({ min: -3, max: 4 })
    .map((days) => new Date(centre + days * DAY).toISOString().slice(0, 10));
  const instant = (min: number, max: number) => fc.integer({ min, max }).map((ms) => centre + ms);
  return fc.record({
    rules,
    hours: fc.record({
      timeZone: fc.constant(timeZone),
      weekly: fc.array(
        fc
          .tuple(dayRange, fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }))
          .map(([range, days]) => ({ ...range, days })),
        { minLength: 1, maxLength: 4 },
      ),
      overrides: fc.uniqueArray(fc.record({ date, ranges: fc.array(dayRange, { maxLength: 2 }) }), {
        selector: (override) => override.date,
        maxLength: 2,
      }),
    }),
    zoneChanges: fc.oneof(
      { weight: 3, arbitrary: fc.constant<ZoneChange[]>([]) },
      {
        weight: 1,
        arbitrary: fc.uniqueArray(
          fc.record({ from: date, timeZone: fc.constantFrom('Asia/Kolkata', 'America/New_York', timeZone) }),
          { selector: (change) => change.from, minLength: 1, maxLength: 2 },
        ),
      },
    ),
    busy: fc
      .array(
        fc
          .tuple(fc.integer({ min: -2880, max: 5760 }), fc.integer({ min: 0, max: 400 }))
          .map(([start, length]) =>
            Float64Array.of(start, start + length).map((each) => centre + each * MINUTE),
          ),
        { maxLength: 8 },
      )
      .map(mergePeriods),
    // Within the day before the centre, so that the brute force reads few wall clocks.
    from: fc.oneof(fc.constant(centre - DAY), instant(-DAY, DAY)),
    span: fc.oneof(minutes(1440, 4320), fc.integer({ min: 1, max: 3 * DAY })),
    now: fc.oneof(fc.constant(centre - 3 * DAY), instant(-2 * DAY, 2 * DAY)),
  });
});

describe('findSlots', () => {
  it('offers what a brute force finds, minute by minute', () => {
    let offered = 0;
    fc.assert(
      fc.property(scenario, ({ rules, from, span, now, ...host }) => {
        const window = { from, to: from + span };
        const starts = Array.from(findSlots(rules, { ...host }, window, now));
        offered += starts.length;
        expect(starts).toEqual(bruteForce(rules, host, window, now));
      }),
      { numRuns: 1000 },
    );
    // Cases that offer nothing would prove nothing.
    expect(offered).toBeGreaterThan(1000);
  });
});
