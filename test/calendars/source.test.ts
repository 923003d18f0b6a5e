import { describe, expect, it } from 'vitest';
import { assessSource, type CalendarBusy, ISSUE_MESSAGE } from '../../src/calendars/source.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const STALE_AFTER = 15 * MINUTE;
const BOUND = { staleAfter: STALE_AFTER, provenSince: null };
const WINDOW = { from: NOW, to: NOW + 7 * DAY };

type Source = Omit<CalendarBusy, 'busy'>;
const source = (more: Partial<Source> = {}): Source => ({
  provenAsOf: NOW - MINUTE,
  provenPull: 7,
  basis: 'POLL',
  coveredFrom: NOW - 7 * DAY,
  coveredTo: NOW + 180 * DAY,
  trouble: null,
  ...more,
});
const judged = (
  more: Partial<Source> = {},
  window = WINDOW,
  bound: Parameters<typeof assessSource>[3] = BOUND,
) => assessSource(source(more), window, NOW, bound);

const USABLE = { FAIL_CLOSED: true, WARN: true };
const ONLY_WARN = { FAIL_CLOSED: false, WARN: true };
const NEVER = { FAIL_CLOSED: false, WARN: false };

describe('a source', () => {
  it('that was read lately and covers the window is complete, until it is too old', () => {
    expect(judged()).toEqual({
      issues: [],
      complete: true,
      usable: USABLE,
      changesAt: NOW - MINUTE + STALE_AFTER + 1,
    });
  });

  it('exactly as old as allowed is not stale; a millisecond more is', () => {
    const last = judged({ provenAsOf: NOW - STALE_AFTER });
    expect(last).toMatchObject({ issues: [], complete: true, usable: USABLE, changesAt: NOW + 1 });
    expect(judged({ provenAsOf: NOW - STALE_AFTER - 1 })).toEqual({
      issues: ['SOURCE_STALE'],
      complete: false,
      usable: ONLY_WARN,
      changesAt: null,
    });
  });

  it('changes by time exactly when it says so', () => {
    const at = judged().changesAt ?? 0;
    const later = (now: number) => assessSource(source(), WINDOW, now, BOUND).issues;
    expect(later(at - 1)).toEqual([]);
    expect(later(at)).toEqual(['SOURCE_STALE']);
  });

  it('that was proven by a clock a little ahead of this one is as good as now', () => {
    expect(judged({ provenAsOf: NOW + 2 * SECOND })).toMatchObject({ issues: [], complete: true });
  });

  it('whose proof lies in the future is as old as can be, until that instant has come', () => {
    const proven = { provenAsOf: NOW + HOUR };
    const stale = { issues: ['SOURCE_STALE'], complete: false, usable: ONLY_WARN };
    expect(judged(proven)).toEqual({ ...stale, changesAt: NOW + HOUR - 2 * SECOND });
    const later = (now: number) => assessSource(source(proven), WINDOW, now, BOUND).issues;
    expect(later(NOW + HOUR - 2 * SECOND - 1)).toEqual(['SOURCE_STALE']);
    expect(later(NOW + HOUR - 2 * SECOND)).toEqual([]);
  });

  it('is as old as can be while the clock of the process can not be trusted', () => {
    expect(judged({}, WINDOW, { ...BOUND, clockUntrusted: true })).toEqual({
      issues: ['SOURCE_STALE'],
      complete: false,
      usable: ONLY_WARN,
      changesAt: null,
    });
  });

  it('must have been read by a pull that began after the request, by its number and not by its instant', () => {
    const readAfter = { at: NOW, number: 40 };
    const asked = (more: Partial<Source>, provenSince: number | null = null) =>
      judged(more, WINDOW, { staleAfter: STALE_AFTER, provenSince, readAfter }).issues;
    expect(asked({ provenAsOf: NOW - SECOND, provenPull: 41 })).toEqual([]);
    expect(asked({ provenAsOf: NOW + SECOND, provenPull: 40 })).toEqual(['SOURCE_STALE']);
    expect(asked({ provenAsOf: NOW + SECOND, provenPull: null })).toEqual(['SOURCE_STALE']);
    // Numbers of a database that lost its last writes, or a process whose clock is far behind.
    expect(asked({ provenAsOf: NOW - 3 * SECOND, provenPull: 41 })).toEqual(['SOURCE_STALE']);
    // A request for an age takes either.
    expect(asked({ provenAsOf: NOW - MINUTE, provenPull: 40 }, NOW - MINUTE)).toEqual([]);
    expect(asked({ provenAsOf: NOW - MINUTE - 1, provenPull: 40 }, NOW - MINUTE)).toEqual(['SOURCE_STALE']);
  });

  it('must have been proven since what the request asked, when that is later', () => {
    const asked = (provenSince: number) =>
      judged({ provenAsOf: NOW - MINUTE }, WINDOW, { staleAfter: STALE_AFTER, provenSince });
    expect(asked(NOW - MINUTE).issues).toEqual([]);
    expect(asked(NOW - MINUTE + 1)).toMatchObject({
      issues: ['SOURCE_STALE'],
      complete: false,
      usable: ONLY_WARN,
    });
    // A request may not loosen the bound of the event type.
    const loose = { staleAfter: MINUTE - 1, provenSince: NOW - DAY };
    expect(judged({ provenAsOf: NOW - MINUTE }, WINDOW, loose).issues).toEqual(['SOURCE_STALE']);
  });

  it('that was never read is offered by no policy, and nothing else is said of it', () => {
    const unread = { provenAsOf: null, basis: 'NEVER' as const, coveredFrom: null, coveredTo: null };
    expect(judged(unread)).toEqual({
      issues: ['SOURCE_NEVER_SYNCED'],
      complete: false,
      usable: NEVER,
      changesAt: null,
    });
  });
});

describe('coverage', () => {
  it.each([
    ['ends where the window ends', { coveredTo: WINDOW.to }, true],
    ['ends a millisecond early', { coveredTo: WINDOW.to - 1 }, false],
    ['begins where the window begins', { coveredFrom: WINDOW.from }, true],
    ['begins a millisecond late', { coveredFrom: WINDOW.from + 1 }, false],
    ['has no beginning', { coveredFrom: null }, false],
    ['has no end', { coveredTo: null }, false],
  ])('that %s', (_what, more, covers) => {
    expect(judged(more)).toMatchObject({
      issues: covers ? [] : ['OUTSIDE_COVERAGE'],
      complete: covers,
      // Starts inside it are offered all the same.
      usable: USABLE,
    });
  });

  it('that is unknown never covers, not even a window that is past', () => {
    const past = { from: NOW, to: NOW };
    expect(judged({ coveredFrom: null, coveredTo: null }, past).complete).toBe(false);
  });
});

describe('trouble', () => {
  it('to reach it is reported at once, and counts when it is stale', () => {
    expect(judged({ trouble: 'unreachable' })).toMatchObject({
      issues: ['SOURCE_UNREACHABLE'],
      complete: true,
      usable: USABLE,
    });
    expect(judged({ trouble: 'unreachable', provenAsOf: NOW - STALE_AFTER - 1 })).toMatchObject({
      issues: ['SOURCE_STALE', 'SOURCE_UNREACHABLE'],
      complete: false,
      usable: ONLY_WARN,
    });
  });

  it.each([
    ['auth-revoked', 'SOURCE_AUTH_REVOKED'],
    ['partial', 'SOURCE_PARTIAL'],
  ] as const)('by the name of %s counts at once', (trouble, issue) => {
    expect(judged({ trouble })).toMatchObject({ issues: [issue], complete: false, usable: ONLY_WARN });
  });

  it('about the place of one event is reported, and closes nothing: all that the event may take is busy', () => {
    expect(judged({ trouble: 'approximate' })).toMatchObject({
      issues: ['SOURCE_PARTIAL'],
      complete: false,
      usable: USABLE,
    });
    expect(judged({ trouble: 'approximate', provenAsOf: NOW - STALE_AFTER - 1 }).usable).toEqual(ONLY_WARN);
  });
});

it('has a message for every issue, and none that quotes a provider', () => {
  for (const message of Object.values(ISSUE_MESSAGE)) expect(message).toMatch(/^[A-Z][^{}]*\.$/);
});
