import { describe, expect, it } from 'vitest';
import {
  createInstantText,
  formatInstant,
  formatUtcDateTime,
  parseInstant,
  parseRfc3339,
  parseUtcDateTime,
} from '../../src/time/instant-text.ts';

const at = Date.UTC(2026, 11, 1, 8, 0, 0, 250);

it('formats an instant in UTC, with milliseconds or in the form of iCalendar', () => {
  expect(formatInstant(at)).toBe('2026-12-01T08:00:00.250Z');
  expect(formatUtcDateTime(at)).toBe('20261201T080000Z');
  expect(() => formatInstant(Number.NaN)).toThrow(RangeError);
});

it('writes many instants, one after the other, as it writes each of them', () => {
  const write = createInstantText();
  const days = [
    at,
    0,
    -1,
    Date.UTC(1969, 11, 31),
    Date.UTC(-1, 0, 1),
    Date.UTC(9_999, 11, 31),
    Date.UTC(10_000, 0, 1),
    8.64e15,
  ];
  const within = [0, 1, -1, 60_000, -60_000, 86_399_999, 86_340_000, 3_600_000, 0.5];
  for (const instant of days.flatMap((day) => within.map((part) => day + part))) {
    if (Math.abs(instant) > 8.64e15) expect(() => write(instant)).toThrow(RangeError);
    else expect(write(instant)).toBe(formatInstant(instant));
  }
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => write(none)).toThrow(RangeError);
});

describe('parseRfc3339', () => {
  it.each(['2026-12-01T08:00:00.250Z', '2026-12-01t09:00:00.25+01:00', '2026-12-01T02:30:00.250-05:30'])(
    'parses %j as RFC 3339',
    (text) => {
      expect(parseRfc3339(text)).toBe(at);
    },
  );

  it.each([
    '',
    '2026-12-01',
    '2026-12-01T08:00:00',
    '2026-12-01T08:00Z',
    '2026-12-01T24:00:00Z',
    '2026-02-30T08:00:00Z',
    '2026-12-01T08:00:60Z',
    '2026-12-01T08:00:00+0100',
    '2026-12-01 08:00:00Z',
    'tomorrow',
  ])('refuses %j as RFC 3339', (text) => {
    expect(parseRfc3339(text)).toBeNull();
  });
});

describe('parseInstant', () => {
  it.each([
    ['2026-12-01T08:00:00.2500000Z', at],
    ['2026-12-01T09:00+01:00', at - 250],
    ['2026-12-01T09:00:00+0100', at - 250],
  ])('parses %j as an instant', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each(['', '2026-12-01', '2026-12-01T08:00:00', '2026-13-01T08:00:00Z', 'Dec 1 2026 Z'])(
    'refuses %j as an instant',
    (text) => {
      expect(parseInstant(text)).toBeNull();
    },
  );
});

describe('parseUtcDateTime', () => {
  it('parses the UTC form of iCalendar that formatUtcDateTime writes', () => {
    expect(parseUtcDateTime(formatUtcDateTime(at))).toBe(at - 250);
  });

  it.each(['', '20261201', '20261201T080000', '20261301T080000Z', '2026-12-01T08:00:00Z'])(
    'refuses %j as the UTC form of iCalendar',
    (text) => {
      expect(parseUtcDateTime(text)).toBeNull();
    },
  );
});
