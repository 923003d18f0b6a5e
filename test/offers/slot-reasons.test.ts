import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NativeTime } from '../../src/availability/native.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import type { CalendarBusy } from '../../src/calendars/source.ts';
import { explainFrom } from '../../src/offers/explain.ts';
import type { HostSources } from '../../src/offers/sources.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import {
  at,
  block,
  booking,
  busy,
  DAY_ZERO,
  eventType,
  hold,
  host,
  NOW,
  openDesk,
  source,
  sources,
  taken,
  unread,
} from './world.fixture.ts';

const explain = (
  hour: number,
  more: Partial<EventTypeRules>,
  hosts: HostSources[],
  ids = hosts.map((one) => one.host.id),
) => explainFrom({ type: eventType(more, ids), hosts }, at(hour), NOW, { staleAfter: 15 * MINUTE });
const one = (known: CalendarBusy[], ...native: NativeTime[]) => [taken(sources(host(), ...known), ...native)];
const named = (id: string, name: string, ...known: CalendarBusy[]) => sources(host(id, [], name), ...known);

describe('one host', () => {
  it('has times written by the zone data, whatever Node knows of the zone', () => {
    // Clocks stay in Casablanca from September 2026 on, which Node 20 doesn't know.
    const here = { ...host(), timeZone: 'Africa/Casablanca' };
    const [reason] = explain(17, {}, [sources(here, source())]).reasons;
    expect(reason?.message).toMatch(/^17:00 to 18:00 on Friday 20 November 2026 \(Africa\/Casablanca\)/);
  });

  it('is offered, with hosts and seats', () => {
    expect(explain(10, { seats: 3 }, one([source()], booking(at(10), at(11))))).toEqual({
      bookable: true,
      reasons: [
        {
          code: 'OFFERED',
          message: 'Offered with Ada; it takes 2 more bookings.',
          host: null,
          calendar: null,
          from: at(10),
          to: at(11),
        },
      ],
    });
  });

  it.each<[string, number, Partial<EventTypeRules>, HostSources[], string, object]>([
    [
      'OUTSIDE_HOURS',
      17,
      {},
      one([source()]),
      '17:00 to 18:00 on Friday 20 November 2026 (UTC) is not within',
      {},
    ],
    ['OFF_GRID', 10.5, {}, one([source()]), 'at 10:30 on Friday', {}],
    ['NOTICE', 9, { minimumNotice: 2 * HOUR }, one([source()]), 'at 10:00 on Friday', { from: at(10) }],
    ['NOTICE', 9, { minimumNotice: HOUR + 1 }, one([source()]), 'at 09:00 on Friday', { from: at(9) + 1 }],
    ['HORIZON', 12, { horizon: HOUR }, one([source()]), 'at 09:00 on Friday', { to: at(9) }],
    [
      'BUSY',
      10,
      {},
      one([source(), source({ busy: busy([at(9, 30), at(10, 15)]) })]),
      'Ada is busy: 09:30 to 10:15 on Friday 20 November 2026 (UTC).',
      { host: 'host_1', calendar: 'cal_2', from: at(9, 30), to: at(10, 15) },
    ],
    ['BUSY', 10, {}, one([source()], block(at(10), at(11))), '10:00 to 11:00', { calendar: 'cal_1' }],
    [
      'BUFFER',
      10,
      { bufferBefore: HOUR },
      one([source({ busy: busy([at(9), at(9, 30)]) })]),
      'within the buffers around it: 09:00 to 09:30',
      { calendar: 'cal_1', from: at(9), to: at(9, 30) },
    ],
    ['HELD', 10, {}, one([source()], hold(at(10), at(11), NOW + 1)), 'Somebody holds', { calendar: null }],
    ['BOOKED', 10, {}, one([source()], booking(at(9, 30), at(10, 30))), 'Ada is booked: 09:30 to 10:30', {}],
    [
      'SEATS_TAKEN',
      10,
      { seats: 2 },
      one([source()], booking(at(10), at(11)), booking(at(10), at(11), { owner: 'bkg_2' })),
      'All seats',
      { from: at(10), to: at(11) },
    ],
    [
      'DAY_LIMIT',
      10,
      { maxPerDay: 1 },
      one([source()], booking(at(13), at(14))),
      'that day as the event type allows: 1',
      {},
    ],
    ['WEEK_LIMIT', 10, { maxPerWeek: 1 }, one([source()], booking(at(1), at(2))), 'that week', {}],
    ['SOURCE_NEVER_SYNCED', 10, { onStale: 'WARN' }, one([unread()]), 'never read', { calendar: 'cal_1' }],
    ['SOURCE_STALE', 10, {}, one([source({ provenAsOf: NOW - DAY })]), 'longer ago', { calendar: 'cal_1' }],
    ['SOURCE_STALE', 10, {}, one([source({ trouble: 'auth-revoked' })]), 'withdrawn', { host: 'host_1' }],
    ['SOURCE_STALE', 10, {}, one([source({ trouble: 'partial' })]), 'could not be read', { host: 'host_1' }],
    [
      'SOURCE_STALE',
      10,
      {},
      one([source({ trouble: 'approximate', provenAsOf: NOW - DAY })]),
      'longer ago than the event type allows.',
      { host: 'host_1' },
    ],
    [
      'OUTSIDE_COVERAGE',
      10,
      { onStale: 'WARN' },
      one([source({ coveredTo: at(10, 59) })]),
      'not known over the whole',
      { calendar: 'cal_1', to: at(10, 59) },
    ],
  ])('is answered %s at %f: %o', (code, hour, more, hosts, message, where) => {
    const { bookable, reasons } = explain(hour, more, hosts);
    expect(bookable).toBe(false);
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    expect(reasons[0]?.message).toContain(message);
    expect(reasons[0]).toMatchObject({ host: 'host_1', ...where });
  });

  it('is answered each reason, and none that the policy does not mind', () => {
    const stale = source({ provenAsOf: NOW - DAY, trouble: 'unreachable', busy: busy([at(18), at(19)]) });
    const codes = (more: Partial<EventTypeRules>) =>
      explain(18, more, one([stale])).reasons.map(({ code }) => code);
    expect(codes({})).toEqual(['SOURCE_STALE', 'OUTSIDE_HOURS', 'BUSY']);
    expect(codes({ onStale: 'WARN', horizon: HOUR })).toEqual(['OUTSIDE_HOURS', 'HORIZON', 'BUSY']);
  });
});

describe('a team', () => {
  const free = named('host_1', 'Ada', source());
  const full = named('host_2', 'Bob', source({ busy: busy([at(10), at(11)]) }));
  const received = (more: Partial<EventTypeRules>, hosts: HostSources[], ids?: string[]) => {
    const { reasons } = explain(10, more, hosts, ids);
    return reasons.map(({ code, message, host: of }) =>
      code === 'TEAM_RULE' ? message : `${code} ${of ?? ''}`,
    );
  };

  it('says what its rule lacks, and who stands in its way', () => {
    expect(received({ scheduling: 'COLLECTIVE' }, [free, full])).toEqual([
      'BUSY host_2',
      '1 of 2 needed hosts is free.',
    ]);
    expect(received({ scheduling: 'QUORUM', quorum: 2 }, [free, full])).toEqual([
      'BUSY host_2',
      '1 of 2 needed hosts is free.',
    ]);
  });

  it('names the fixed hosts that are missing', () => {
    const fixed = (id: string) => ({
      scheduling: 'ROUND_ROBIN' as const,
      hostRules: [{ host: id, priority: 0, weight: 100, fixed: true }],
    });
    expect(received(fixed('host_2'), [free, full])).toEqual([
      'BUSY host_2',
      'Bob, in every booking, is not free.',
    ]);
    expect(received(fixed('host_1'), [free, full])).toEqual([
      'BUSY host_2',
      'None of the hosts to be assigned is free.',
    ]);
  });

  it('of which nobody is free needs no rule to say so', () => {
    expect(received({ scheduling: 'ROUND_ROBIN' }, [full])).toEqual(['BUSY host_2']);
  });

  it('of which one is gone says that one is missing', () => {
    expect(received({ scheduling: 'COLLECTIVE' }, [free], ['host_1', 'host_9'])).toEqual([
      '1 of 2 needed hosts is free.',
    ]);
    expect(received({}, [], ['host_9'])).toEqual(['0 of 1 needed hosts are free.']);
  });

  it('is offered when its rule is met, though others are not free', () => {
    expect(explain(10, { scheduling: 'ROUND_ROBIN' }, [free, full])).toMatchObject({
      bookable: true,
      reasons: [{ code: 'OFFERED', message: 'Offered with Ada; it takes 1 more booking.' }],
    });
  });
});

describe('bookable', () => {
  const quarter = fc.integer({ min: 8 * 4, max: 18 * 4 }).map((n) => DAY_ZERO + n * 15 * MINUTE);
  const length = fc.constantFrom(15, 30, 60, 90).map((minutes) => minutes * MINUTE);
  const known: fc.Arbitrary<CalendarBusy> = fc
    .record({
      periods: fc.array(
        fc.tuple(quarter, length, fc.constantFrom('BUSY' as const, 'BUSY_TENTATIVE' as const)),
        {
          maxLength: 2,
        },
      ),
      provenAsOf: fc.constantFrom(NOW, NOW - HOUR),
      never: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      coveredTo: fc.constantFrom(NOW + DAY, at(13)),
      trouble: fc.constantFrom(null, null, null, 'auth-revoked' as const, 'unreachable' as const),
    })
    .map(({ periods, never, ...rest }) =>
      never
        ? unread()
        : source({
            ...rest,
            busy: busy(...periods.map(([s, l, kind]): [number, number, typeof kind] => [s, s + l, kind])),
          }),
    );
  const native: fc.Arbitrary<NativeTime> = fc
    .record({
      start: quarter,
      l: length,
      kind: fc.constantFrom('hold' as const, 'booking' as const, 'block' as const),
      eventType: fc.constantFrom('et_1', 'et_2'),
      bufferAfter: fc.constantFrom(0, 15 * MINUTE),
      owner: fc.uuid(),
      live: fc.boolean(),
    })
    .map(({ start, l, kind, eventType: of, bufferAfter, owner, live }) =>
      booking(start, start + l, {
        kind,
        owner,
        eventType: kind === 'block' ? null : of,
        bufferAfter,
        expiresAt: kind === 'hold' ? NOW + (live ? 1 : 0) : null,
      }),
    );
  const rules = fc.record({
    length,
    interval: fc.constantFrom(15, 30, 60).map((minutes) => minutes * MINUTE),
    seats: fc.integer({ min: 1, max: 2 }),
    bufferBefore: fc.constantFrom(0, 15 * MINUTE),
    bufferAfter: fc.constantFrom(0, 30 * MINUTE),
    minimumNotice: fc.constantFrom(0, 2 * HOUR),
    horizon: fc.constantFrom(null, 6 * HOUR),
    maxPerDay: fc.constantFrom(null, 1, 2),
    tentativeBlocks: fc.boolean(),
    onStale: fc.constantFrom('FAIL_CLOSED' as const, 'WARN' as const),
    scheduling: fc.constantFrom('COLLECTIVE' as const, 'ROUND_ROBIN' as const),
  });

  it('is exactly what availability offers, and what is not has a reason', async () => {
    const team = fc.array(fc.tuple(fc.array(known, { maxLength: 2 }), fc.array(native, { maxLength: 3 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(rules, team, quarter, async (more, members, start) => {
        const hosts = members.map(([calendars, times], i) =>
          taken(sources(host(`host_${i + 1}`), ...calendars), ...times),
        );
        const ids = hosts.map((found) => found.host.id);
        const { ask } = openDesk(eventType(more, ids), ...hosts);
        const { slots } = await ask();
        const { bookable, reasons } = explainFrom({ type: eventType(more, ids), hosts }, start, NOW, {
          staleAfter: 15 * MINUTE,
        });
        expect(bookable).toBe(slots.starts.includes(start));
        expect(reasons.length).toBeGreaterThan(0);
        expect(reasons.some(({ code }) => code === 'OFFERED')).toBe(bookable);
        const opposed = new Set(
          reasons.flatMap(({ code, host: of }) => (code === 'TEAM_RULE' ? [] : (of ?? []))),
        );
        // A host without a reason against it could have taken it alone.
        for (const id of bookable ? [] : ids.filter((each) => !opposed.has(each))) {
          const alone = openDesk(
            eventType({ ...more, scheduling: 'COLLECTIVE' }, [id]),
            ...hosts.filter((found) => found.host.id === id),
          );
          expect((await alone.ask()).slots.starts.includes(start)).toBe(true);
        }
        for (const id of opposed) {
          const alone = openDesk(
            eventType({ ...more, scheduling: 'COLLECTIVE' }, [id]),
            ...hosts.filter((found) => found.host.id === id),
          );
          expect((await alone.ask()).slots.starts.includes(start)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});
