/** Cases for property tests: hosts, rules and native time around clock changes of many kinds. */
import fc from 'fast-check';
import type { HostTime, StartsType } from '../../src/availability/host-starts.ts';
import type { DayRange, ZoneChange } from '../../src/availability/hours.ts';
import type { NativeTime } from '../../src/availability/native.ts';
import { mergePeriods } from '../../src/availability/period.ts';
import type { EventTypeRules, HostRule } from '../../src/availability/rules.ts';
import { DAY, MINUTE } from './brute-force.fixture.ts';

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

/** Where hosts travel to. */
const ABROAD = ['Asia/Kolkata', 'America/New_York', 'Pacific/Kiritimati'];

const minuteOfDay = fc.oneof(
  fc.constantFrom(0, 1440, 60, 90, 120, 150, 180),
  fc.integer({ min: 0, max: 96 }).map((quarter) => quarter * 15),
  fc.integer({ min: 0, max: 1440 }),
);
const dayRange: fc.Arbitrary<DayRange> = fc
  .tuple(minuteOfDay, minuteOfDay)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

export const place = fc.oneof(
  ...Object.entries(places).map(([timeZone, dates]) =>
    fc.constantFrom(...dates).map((date) => ({ timeZone, centre: Date.parse(date) })),
  ),
);

const minutes = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * MINUTE);
const sometimes = (arbitrary: fc.Arbitrary<number>) => fc.oneof(fc.constant(0), arbitrary);
const orNull = (arbitrary: fc.Arbitrary<number>) => fc.oneof(fc.constant(null), arbitrary);

export const rules: fc.Arbitrary<EventTypeRules> = fc
  .record({
    length: fc.oneof(fc.constantFrom(15 * MINUTE, 30 * MINUTE, 60 * MINUTE), minutes(1, 1800)),
    interval: fc.oneof(fc.constantFrom(15 * MINUTE, 20 * MINUTE, 45 * MINUTE), minutes(1, 300)),
    scheduling: fc.constant('SINGLE' as const),
    quorum: fc.constant(null),
    hostRules: fc.constant<HostRule[]>([]),
    seats: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 4 })),
    maxPerDay: orNull(fc.integer({ min: 1, max: 3 })),
    maxPerWeek: orNull(fc.integer({ min: 1, max: 5 })),
    bufferBefore: sometimes(minutes(1, 90)),
    bufferAfter: sometimes(minutes(1, 90)),
    minimumNotice: sometimes(minutes(1, 2000)),
    horizon: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: minutes(1, 6000) },
    ),
    tentativeBlocks: fc.constant(true),
    onStale: fc.constant('FAIL_CLOSED' as const),
    staleAfter: fc.constant(null),
    maxPerAttendee: fc.constant(null),
    changeNotice: fc.constant(null),
    requireEmailVerification: fc.constant(false),
    approval: fc.constant(false),
    active: fc.constant(true),
    listed: fc.constant(true),
    reminders: fc.constant([]),
  })
  .map((drawn) => ({ ...drawn, lengths: [drawn.length] }));

/** One hold, booking or block, still without its place. */
interface Taking extends Omit<NativeTime, 'start' | 'end' | 'owner'> {
  /** At which of the starts it would be, were there no native time; others are near it. */
  pick: number;
  beside: number;
  length: number | null;
}

const taking = (now: number): fc.Arbitrary<Taking> =>
  fc.record({
    kind: fc.constantFrom('hold', 'booking', 'booking', 'booking', 'block'),
    eventType: fc.constantFrom('evt_own', 'evt_own', 'evt_own', 'evt_other', null),
    pick: fc.integer({ min: 0, max: 7 }),
    beside: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: minutes(-120, 120) }),
    length: fc.oneof(fc.constant(null), minutes(1, 240)),
    bufferBefore: sometimes(minutes(1, 120)),
    bufferAfter: sometimes(minutes(1, 120)),
    busyKind: fc.constant('BUSY'),
    expiresAt: fc.constantFrom(null, now - 1, now, now + 1),
  });

/** A host's native time where its type would begin. */
export function nativeOf(takings: readonly Taking[], starts: readonly number[], rules: EventTypeRules) {
  return takings.flatMap(({ pick, beside, length, ...rest }, i): NativeTime[] => {
    // Spread over the starts, so that limits and other days are met too.
    const at = starts[Math.floor((pick / 8) * starts.length)];
    if (at === undefined) return [];
    const start = at + beside;
    const expiresAt = rest.kind === 'hold' ? rest.expiresAt : null;
    return [{ ...rest, expiresAt, owner: `owner${i}`, start, end: start + (length ?? rules.length) }];
  });
}

/** A host around an instant, without native time. */
const openHost = (timeZone: string, centre: number) => {
  const date = fc
    .integer({ min: -3, max: 4 })
    .map((days) => new Date(centre + days * DAY).toISOString().slice(0, 10));
  return fc.record({
    timeZone: fc.constantFrom(timeZone, timeZone, 'America/Los_Angeles'),
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
        arbitrary: fc.uniqueArray(fc.record({ from: date, timeZone: fc.constantFrom(...ABROAD, timeZone) }), {
          selector: (change) => change.from,
          minLength: 1,
          maxLength: 2,
        }),
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
  });
};

export interface Scenario {
  type: StartsType;
  hosts: (Omit<HostTime, 'native'> & { takings: Taking[] })[];
  window: { from: number; to: number };
  now: number;
}

/** A case: everything near the centre, dates as distances from it. */
export const scenario = (hosts: number): fc.Arbitrary<Scenario> =>
  fc.tuple(place, rules).chain(([{ timeZone, centre }, rules]) => {
    const instant = (min: number, max: number) => fc.integer({ min, max }).map((ms) => centre + ms);
    return fc.oneof(fc.constant(centre - 3 * DAY), instant(-2 * DAY, 2 * DAY)).chain((now) =>
      fc
        .record({
          hosts: fc.array(
            fc
              .tuple(openHost(timeZone, centre), fc.array(taking(now), { maxLength: 9 }), fc.nat(3))
              .map(([host, takings, own]) => ({ ...host, takings, own: own === 0 })),
            { minLength: hosts, maxLength: hosts },
          ),
          // Within the day before the centre, so that the brute force reads few wall clocks.
          from: fc.oneof(fc.constant(centre - DAY), instant(-DAY, DAY)),
          span: fc.oneof(minutes(1440, 4320), fc.integer({ min: 1, max: 3 * DAY })),
        })
        .map(({ hosts, from, span }) => ({
          type: { id: 'evt_own', rules },
          // Hosts of a team that work at different times would hardly ever meet.
          hosts: hosts.map(({ own, ...host }) => ({
            ...host,
            hours: own ? host.hours : (hosts[0] ?? host).hours,
          })),
          window: { from, to: from + span },
          now,
        })),
    );
  });
