import { describe, expect, it } from 'vitest';
import type { WorkingHours } from '../../src/availability/hours.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import { SlotwireError } from '../../src/errors.ts';
import { EMPTY_FORM } from '../../src/form/event-form.ts';
import {
  checkEventType,
  checkHours,
  checkSlug,
  checkText,
  checkZoneChanges,
  defaultHours,
} from '../../src/offers/rule-checks.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { rules } from './world.fixture.ts';

/** The field that is refused; null: none. */
function refused(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (!(error instanceof SlotwireError) || error.code !== 'BAD_USER_INPUT') throw error;
    expect(error.message).toContain(`${error.details.field}: `);
    return error.details.field ?? '';
  }
}

const input = {
  ...{ owner: 'ada', slug: 'intro', title: 'Intro', hosts: ['host_1'] },
  ...{ rules: rules(), form: EMPTY_FORM },
};
const withRules = (more: Partial<EventTypeRules>) =>
  refused(() => checkEventType({ ...input, rules: rules(more) }));

describe('a slug', () => {
  it.each(['a', 'ada', 'Ada-Lovelace', 'a.b_c-d', '7', 'x'.repeat(64)])('may be %s', (slug) => {
    expect(refused(() => checkSlug(slug))).toBeNull();
  });

  it.each(['', '-a', 'a-', '.a', 'a_', 'a b', 'a/b', 'ä', 'a\n', 'a%20', 'x'.repeat(65)])(
    'may not be %j',
    (slug) => {
      expect(refused(() => checkSlug(slug))).toBe('slug');
    },
  );
});

it('a text has 1 to 200 characters that can be seen', () => {
  for (const text of ['A', ' Ada ', 'x'.repeat(200)])
    expect(refused(() => checkText(text, 'name'))).toBeNull();
  for (const text of ['', '  \t', 'x'.repeat(201)])
    expect(refused(() => checkText(text, 'name'))).toBe('name');
});

describe('an event type', () => {
  it('passes as it is', () => {
    expect(checkEventType(input)).toBe(input);
  });

  it.each<[keyof EventTypeRules, number[], number[]]>([
    ['length', [MINUTE, 31 * DAY], [0, 1, MINUTE - 1, 31 * DAY + 1]],
    ['interval', [MINUTE, HOUR, 31 * DAY], [0, MINUTE - 1, 31 * DAY + 1]],
    ['bufferBefore', [0, 1, 31 * DAY], [-1, 31 * DAY + 1]],
    ['bufferAfter', [0, 1, 31 * DAY], [-1, 31 * DAY + 1]],
    ['minimumNotice', [0, 366 * DAY], [-1, 366 * DAY + 1]],
    ['horizon', [1, 366 * DAY], [0, 366 * DAY + 1]],
    ['staleAfter', [1, 366 * DAY], [0, 366 * DAY + 1]],
    ['seats', [1, 10_000], [0, -1, 10_001, Number.NaN]],
    ['maxPerDay', [1, 10_000], [0, -1, 10_001]],
    ['maxPerWeek', [1, 10_000], [0, -1, 10_001]],
  ])('has %s within its bounds', (field, good, bad) => {
    for (const value of good) expect(withRules({ [field]: value }), String(value)).toBeNull();
    for (const value of bad) expect(withRules({ [field]: value }), String(value)).toBe(field);
  });

  it('may leave horizon, limits and staleAfter open', () => {
    expect(withRules({ horizon: null, staleAfter: null, maxPerDay: null, maxPerWeek: null })).toBeNull();
  });

  it('has a title, a slug and exactly one host', () => {
    expect(refused(() => checkEventType({ ...input, title: ' ' }))).toBe('title');
    expect(refused(() => checkEventType({ ...input, slug: 'no slug' }))).toBe('slug');
    expect(refused(() => checkEventType({ ...input, hosts: [] }))).toBe('hosts');
    expect(refused(() => checkEventType({ ...input, hosts: ['host_1', 'host_2'] }))).toBe('hosts');
  });
});

describe('a team', () => {
  const team = (hosts: string[], more: Partial<EventTypeRules>) =>
    refused(() => checkEventType({ ...input, hosts, rules: rules(more) }));
  const pair = ['host_1', 'host_2'];
  const rule = (host: string, more = {}) => ({ host, priority: 0, weight: 100, fixed: false, ...more });

  it.each(['COLLECTIVE', 'ROUND_ROBIN'] as const)(
    '%s takes one host or more, and no quorum',
    (scheduling) => {
      expect(team(['host_1'], { scheduling })).toBeNull();
      expect(team(pair, { scheduling, seats: 5 })).toBeNull();
      expect(team([], { scheduling })).toBe('hosts');
      expect(team(pair, { scheduling, quorum: 1 })).toBe('quorum');
      const many = Array.from({ length: 1_001 }, (_, i) => `host_${i}`);
      expect(team(many.slice(1), { scheduling })).toBeNull();
      expect(team(many, { scheduling })).toBe('hosts');
    },
  );

  it('QUORUM takes a number up to that of its hosts, and one seat', () => {
    for (const quorum of [1, 2]) expect(team(pair, { scheduling: 'QUORUM', quorum })).toBeNull();
    for (const quorum of [null, 0, -1, 3]) {
      expect(team(pair, { scheduling: 'QUORUM', quorum }), String(quorum)).toBe('quorum');
    }
    expect(team(pair, { scheduling: 'QUORUM', quorum: 1, seats: 2 })).toBe('seats');
    expect(team([], { scheduling: 'QUORUM', quorum: 1 })).toBe('hosts');
  });

  it('has rules for its own hosts, once each', () => {
    const scheduling = 'ROUND_ROBIN';
    const ruled = (...hostRules: EventTypeRules['hostRules']) => team(pair, { scheduling, hostRules });
    expect(ruled(rule('host_2', { priority: -3, weight: 1 }), rule('host_1', { fixed: true }))).toBeNull();
    expect(ruled(rule('host_1'), rule('host_3'))).toBe('hostRules.1.host');
    expect(ruled(rule('host_1'), rule('host_1'))).toBe('hostRules.1.host');
    for (const weight of [0, -1, 10_001]) {
      expect(ruled(rule('host_1', { weight }))).toBe('hostRules.0.weight');
    }
    expect(ruled(rule('host_1', { weight: 10_000 }))).toBeNull();
    expect(ruled(rule('host_1', { fixed: true }), rule('host_2', { fixed: true }))).toBe('hostRules');
  });

  it('has fixed hosts in a ROUND_ROBIN alone', () => {
    const hostRules = [rule('host_1', { fixed: true })];
    for (const scheduling of ['COLLECTIVE', 'QUORUM'] as const) {
      expect(team(pair, { scheduling, quorum: scheduling === 'QUORUM' ? 1 : null, hostRules })).toBe(
        'hostRules.0.fixed',
      );
    }
    expect(team(['host_1'], { scheduling: 'SINGLE', hostRules })).toBe('hostRules.0.fixed');
  });
});

describe('working hours', () => {
  const hours = (more: Partial<WorkingHours>): WorkingHours => ({
    timeZone: 'UTC',
    weekly: [],
    overrides: [],
    ...more,
  });
  const checked = (more: Partial<WorkingHours>) => refused(() => checkHours(hours(more), 'input'));

  it('are ranges that go forwards, up to midnight', () => {
    expect(checked({ weekly: [{ days: [0, 6], start: 0, end: 1440 }] })).toBeNull();
    expect(
      checked({
        weekly: [
          { days: [0], start: 0, end: 60 },
          { days: [0], start: 600, end: 600 },
        ],
      }),
    ).toBe('input.weekly.1.end');
    expect(checked({ weekly: [{ days: [0], start: 22 * 60, end: 2 * 60 }] })).toBe('input.weekly.0.end');
    expect(checked({ weekly: [{ days: [0], start: 1440, end: 1440 }] })).toBe('input.weekly.0.end');
  });

  it('name the days they are for', () => {
    expect(checked({ weekly: [{ days: [], start: 0, end: 60 }] })).toBe('input.weekly.0.days');
  });

  it('are overridden once a date, also by nothing', () => {
    const date = '2026-12-24';
    expect(checked({ overrides: [{ date, ranges: [] }] })).toBeNull();
    expect(
      checked({
        overrides: [
          { date, ranges: [] },
          { date, ranges: [{ start: 0, end: 1 }] },
        ],
      }),
    ).toBe('input.overrides.1.date');
    expect(
      checked({
        overrides: [
          {
            date,
            ranges: [
              { start: 0, end: 1 },
              { start: 9, end: 8 },
            ],
          },
        ],
      }),
    ).toBe('input.overrides.0.ranges.1.end');
  });

  it('change their zone once a date', () => {
    const change = (from: string) => ({ from, timeZone: 'Asia/Tokyo' });
    expect(refused(() => checkZoneChanges([change('2026-12-01'), change('2026-12-02')]))).toBeNull();
    expect(refused(() => checkZoneChanges([change('2026-12-01'), change('2026-12-01')]))).toBe(
      'zoneChanges.1.from',
    );
  });

  it('are Monday to Friday, nine to five, by default', () => {
    expect(defaultHours('Europe/Berlin')).toEqual({
      timeZone: 'Europe/Berlin',
      weekly: [{ days: [0, 1, 2, 3, 4], start: 540, end: 1020 }],
      overrides: [],
    });
    expect(refused(() => checkHours(defaultHours('UTC'), 'input'))).toBeNull();
  });
});
