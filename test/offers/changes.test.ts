import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../src/async/event-loop.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import type { CalendarBusy } from '../../src/calendars/source.ts';
import { ANY_CHANGE, affects, busyChange, changeBetween, nativeChange } from '../../src/offers/changes.ts';
import { computeAvailability } from '../../src/offers/query.ts';
import { createSources } from '../../src/offers/sources.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import {
  at,
  block,
  booking,
  busy,
  DAY_ZERO,
  eventType,
  fakeCache,
  host,
  NOW,
  source,
  sources,
  taken,
  unread,
} from './world.fixture.ts';

describe('a change of busy time', () => {
  const lunch = source({ busy: busy([at(9), at(10)], [at(12), at(13)], [at(15), at(16)]) });

  it('spans from the first period that differs to the last', () => {
    const later = source({ busy: busy([at(9), at(10)], [at(12, 30), at(14)], [at(15), at(16)]) });
    expect(busyChange(lunch, later).spans).toEqual([{ from: at(12), to: at(14) }]);
    const fewer = source({ busy: busy([at(9), at(10)]) });
    expect(busyChange(lunch, fewer).spans).toEqual([{ from: at(12), to: at(16) }]);
    expect(busyChange(fewer, lunch).spans).toEqual([{ from: at(12), to: at(16) }]);
  });

  it('is one when only its kind is another', () => {
    const maybe = source({
      busy: busy([at(9), at(10)], [at(12), at(13), 'BUSY_TENTATIVE'], [at(15), at(16)]),
    });
    expect(busyChange(lunch, maybe).spans).toEqual([{ from: at(12), to: at(13) }]);
  });

  it('is none when only the proof is younger', () => {
    const again = { ...lunch, provenAsOf: NOW };
    expect(busyChange(lunch, again)).toEqual({ spans: [], newerProof: true });
    expect(busyChange(lunch, { ...lunch })).toEqual({ spans: [], newerProof: false });
  });

  it('spans what the ends of coverage passed over', () => {
    const slid = source({
      coveredFrom: NOW - 6 * DAY,
      coveredTo: NOW + 181 * DAY,
      busy: lunch.busy,
    });
    expect(busyChange(lunch, slid).spans).toEqual([
      { from: NOW - 7 * DAY, to: NOW - 6 * DAY },
      { from: NOW + 180 * DAY, to: NOW + 181 * DAY },
    ]);
  });

  it('may be anywhere when it was never read, or is in another trouble', () => {
    expect(busyChange(unread(), lunch)).toBe(ANY_CHANGE);
    expect(busyChange(lunch, unread())).toBe(ANY_CHANGE);
    expect(busyChange(lunch, { ...lunch, trouble: 'unreachable' })).toBe(ANY_CHANGE);
  });
});

it('a change of native time spans what came, went or is another, with its buffers', () => {
  const stays = booking(at(9), at(10));
  const goes = booking(at(11), at(12), { owner: 'bkg_2', bufferBefore: HOUR, bufferAfter: 2 * HOUR });
  const comes = block(at(20), at(21));
  expect(nativeChange([stays, goes], [stays, comes]).spans).toEqual([
    { from: at(10), to: at(14) },
    { from: at(20), to: at(21) },
  ]);
  expect(nativeChange([stays, goes], [goes, stays]).spans).toEqual([]);
});

describe('concern', () => {
  const reach = { from: at(9), to: at(17) };

  it('is for what overlaps, half-open', () => {
    const spans = (from: number, to: number) => ({ spans: [{ from, to }], newerProof: false });
    expect(affects(spans(at(16), at(18)), reach, true)).toBe(true);
    expect(affects(spans(at(17), at(18)), reach, true)).toBe(false);
    expect(affects(spans(at(8), at(9)), reach, true)).toBe(false);
    expect(affects(ANY_CHANGE, reach, true)).toBe(true);
  });

  it('is for a younger proof where something was wrong', () => {
    expect(affects({ spans: [], newerProof: true }, reach, true)).toBe(false);
    expect(affects({ spans: [], newerProof: true }, reach, false)).toBe(true);
  });
});

describe('the change between two values', () => {
  it('is derived from what they are, and is anything where that can’t be', async () => {
    const world = fakeCache();
    const { readValue } = createSources(world.cache);
    world.putBusy(1, 'cal_1', source());
    const before = (await readValue('busy:cal_1')) ?? undefined;
    expect(changeBetween(undefined, before ?? null)).toBe(ANY_CHANGE);
    world.putBusy(2, 'cal_1', source({ busy: busy([at(9), at(10)]) }));
    const after = await readValue('busy:cal_1');
    const change = changeBetween(before, after);
    expect(change).toEqual({ spans: [{ from: at(9), to: at(10) }], newerProof: false });
    expect(changeBetween(before, await readValue('busy:cal_1'))).toBe(change);
    expect(changeBetween(before, null)).toBe(ANY_CHANGE);
    world.putNative(1, 'host_1', []);
    const native = (await readValue('native:host_1')) ?? undefined;
    world.putNative(2, 'host_1', [block(at(9), at(10))]);
    expect(changeBetween(native, await readValue('native:host_1')).spans).toEqual([
      { from: at(9), to: at(10) },
    ]);
    expect(changeBetween(native, after)).toBe(ANY_CHANGE);
    world.putHost(1, host());
    const rules = (await readValue('host:host_1')) ?? undefined;
    expect(changeBetween(rules, await readValue('host:host_1'))).toBe(ANY_CHANGE);
    expect(await readValue('type:nothing')).toBeNull();
  });
});

describe('what does not concern an answer', () => {
  const halfHour = (index: number) => DAY_ZERO - 2 * DAY + index * 30 * MINUTE;
  const period = fc.tuple(
    fc.nat(7 * 48),
    fc.integer({ min: 1, max: 20 }),
    fc.constantFrom('BUSY', 'BUSY_TENTATIVE'),
  );
  const calendar: fc.Arbitrary<CalendarBusy> = fc
    .record({
      periods: fc.array(period, { maxLength: 6 }),
      age: fc.integer({ min: 0, max: 20 }),
      trouble: fc.option(fc.constantFrom('unreachable' as const, 'partial' as const), { freq: 6 }),
      coveredTo: fc.constantFrom(180 * DAY, DAY, 3 * DAY),
    })
    .map(({ periods, age, trouble, coveredTo }) =>
      source({
        busy: busy(
          ...periods.map(([from, length, kind]): [number, number, 'BUSY' | 'BUSY_TENTATIVE'] => [
            halfHour(from),
            halfHour(from + length),
            kind,
          ]),
        ),
        provenAsOf: NOW - age * MINUTE,
        trouble,
        coveredTo: NOW + coveredTo,
      }),
    );
  const native = fc
    .array(
      fc.record({
        from: fc.nat(14 * 24),
        kind: fc.constantFrom('booking' as const, 'block' as const, 'hold' as const),
        own: fc.boolean(),
        bufferBefore: fc.constantFrom(0, HOUR),
        bufferAfter: fc.constantFrom(0, HOUR),
      }),
      { maxLength: 5 },
    )
    .map((list) =>
      list.map(({ from, kind, own, ...buffers }, i) =>
        booking(DAY_ZERO - 7 * DAY + from * HOUR, DAY_ZERO - 7 * DAY + (from + 1) * HOUR, {
          ...buffers,
          kind,
          owner: `own_${i}`,
          eventType: kind === 'block' ? null : own ? 'et_1' : 'et_2',
          expiresAt: kind === 'hold' ? NOW + HOUR : null,
        }),
      ),
    );
  const rules: fc.Arbitrary<Partial<EventTypeRules>> = fc.record({
    bufferBefore: fc.constantFrom(0, HOUR, 5 * HOUR),
    bufferAfter: fc.constantFrom(0, 30 * MINUTE),
    maxPerDay: fc.constantFrom(null, 1),
    maxPerWeek: fc.constantFrom(null, 2),
    onStale: fc.constantFrom('FAIL_CLOSED', 'WARN'),
    tentativeBlocks: fc.boolean(),
  });

  it('leaves it as it is, whatever changed', () => {
    const untouched = { window: 0, next: 0 };
    fc.assert(
      fc.property(
        rules,
        calendar,
        calendar,
        native,
        native,
        fc.boolean(),
        fc.boolean(),
        (more, before, after, was, is, both, nextAvailable) => {
          const type = eventType(more);
          const answer = (known: CalendarBusy, times: typeof was) =>
            atOnce(
              computeAvailability(
                type,
                [taken(sources(host(), known), ...times)],
                {
                  eventType: 'et_1',
                  from: DAY_ZERO,
                  to: DAY_ZERO + DAY,
                  without: null,
                  consistency: 'CACHED',
                  maxAge: null,
                  nextAvailable,
                },
                NOW,
                { staleAfter: 15 * MINUTE, provenSince: null },
              ),
            );
          const received = answer(before, was);
          const now = both ? answer(after, was) : answer(before, is);
          const change = both ? busyChange(before, after) : nativeChange(was, is);
          if (affects(change, received.dependencySpan, received.complete && received.issues.length === 0))
            return;
          untouched[nextAvailable ? 'next' : 'window']++;
          const said = ({ etag, complete, issues, nextAvailable }: typeof now) => [
            ...[etag, complete, issues, nextAvailable],
          ];
          expect(said(now)).toEqual(said(received));
        },
      ),
      { numRuns: 3_000 },
    );
    // What comes next is looked for further than the window reaches, so that fewer changes are of no concern.
    expect(untouched.window).toBeGreaterThan(100);
    expect(untouched.next).toBeGreaterThan(30);
  });
});
