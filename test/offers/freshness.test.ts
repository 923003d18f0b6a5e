import { describe, expect, it } from 'vitest';
import { assessFreshness, earlier } from '../../src/offers/freshness.ts';
import { DAY, MINUTE } from '../../src/time/clock.ts';
import { host, NOW, source, sources, unread } from './world.fixture.ts';

const WINDOW = { from: NOW, to: NOW + DAY };
const FAIL_CLOSED = { staleAfter: 15 * MINUTE, provenSince: null, onStale: 'FAIL_CLOSED' as const };
const WARN = { ...FAIL_CLOSED, onStale: 'WARN' as const };

const [ada, bob, eve] = [host('host_1'), host('host_2'), host('host_3')];
const codes = (judgement: ReturnType<typeof assessFreshness>) => judgement.issues.map(({ code }) => code);

describe('an answer', () => {
  it('is as fresh as its oldest source', () => {
    const judgement = assessFreshness(
      [
        sources(ada, source({ provenAsOf: NOW - 2 * MINUTE }), source({ provenAsOf: NOW - 9 * MINUTE })),
        sources(bob, source({ provenAsOf: NOW - MINUTE })),
      ],
      WINDOW,
      NOW,
      FAIL_CLOSED,
    );
    expect(judgement.freshness.provenAsOf).toBe(NOW - 9 * MINUTE);
    expect(judgement.changesAt).toBe(NOW + 6 * MINUTE + 1);
    expect(judgement).toMatchObject({ complete: true, issues: [], usable: new Set(['host_1', 'host_2']) });
    expect(judgement.freshness.sources.map(({ host: of, calendar }) => `${of} ${calendar}`)).toEqual([
      'host_1 cal_1',
      'host_1 cal_2',
      'host_2 cal_2_1',
    ]);
  });

  it('is never proven later than it was made', () => {
    const judgement = assessFreshness(
      [sources(ada, source({ provenAsOf: NOW + 5 }))],
      WINDOW,
      NOW,
      FAIL_CLOSED,
    );
    expect(judgement.freshness.provenAsOf).toBe(NOW);
  });

  it('of a host without calendars is complete, proven as of now, and says so', () => {
    const judgement = assessFreshness([sources(ada)], WINDOW, NOW, FAIL_CLOSED);
    expect(judgement).toMatchObject({
      complete: true,
      freshness: { provenAsOf: NOW, sources: [] },
      usable: new Set(['host_1']),
      changesAt: null,
    });
    expect(judgement.issues).toEqual([
      { code: 'NO_CALENDARS', host: 'host_1', calendar: null, message: expect.any(String) },
    ]);
  });

  it('with a calendar that was never read is proven by nothing, whatever the order', () => {
    for (const calendars of [
      [unread(), source()],
      [source(), unread()],
    ]) {
      const judgement = assessFreshness([sources(ada, ...calendars)], WINDOW, NOW, WARN);
      expect(judgement).toMatchObject({ complete: false, freshness: { provenAsOf: null } });
      expect(judgement.usable.size).toBe(0);
    }
  });

  it('loses those hosts alone whose sources the policy refuses', () => {
    const hosts = [
      sources(ada, source(), source({ provenAsOf: NOW - DAY })),
      sources(bob, source({ trouble: 'auth-revoked' })),
      sources(eve, source({ trouble: 'unreachable' })),
    ];
    const closed = assessFreshness(hosts, WINDOW, NOW, FAIL_CLOSED);
    expect(closed.usable).toEqual(new Set(['host_3']));
    expect(codes(closed)).toEqual(['SOURCE_STALE', 'SOURCE_AUTH_REVOKED', 'SOURCE_UNREACHABLE']);
    expect(closed.issues.map(({ host: of, calendar }) => `${of} ${calendar}`)).toEqual([
      'host_1 cal_2',
      'host_2 cal_2_1',
      'host_3 cal_3_1',
    ]);
    const warned = assessFreshness(hosts, WINDOW, NOW, WARN);
    expect(warned.usable).toEqual(new Set(['host_1', 'host_2', 'host_3']));
    expect(codes(warned)).toEqual(codes(closed));
    expect(warned.complete).toBe(false);
  });
});

it('the earlier of two instants is the one there is', () => {
  expect([earlier(1, 2), earlier(2, 1), earlier(null, 3), earlier(3, null), earlier(null, null)]).toEqual([
    1,
    1,
    3,
    3,
    null,
  ]);
});
