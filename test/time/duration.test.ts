import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { formatDuration, parseDuration } from '../../src/time/duration.ts';

describe('a duration', () => {
  it.each([
    ['PT0S', 0],
    ['P0D', 0],
    ['PT5M', 5 * MINUTE],
    ['PT90S', 90 * SECOND],
    ['PT36H', 36 * HOUR],
    ['P2W', 14 * DAY],
    ['P1W2DT3H4M5.678S', 9 * DAY + 3 * HOUR + 4 * MINUTE + 5_678],
    ['PT0.5S', 500],
    ['PT0.05S', 50],
    ['P007D', 7 * DAY],
  ])('parses the duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'P1M',
    'P1Y',
    'P1Y2D',
    '-P1D',
    'P-1D',
    '+P1D',
    'pt5m',
    'PT5m',
    'PT1M1H',
    'P1D1W',
    'PT1.5M',
    'PT.5S',
    'PT1.S',
    'PT1.2345S',
    'PT1,5S',
    ' PT5M',
    'PT5M\n',
    '5',
    'P٥D',
    'P1D2H',
    `P${'9'.repeat(20)}D`,
  ])('refuses %j as a duration', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it.each([
    [0, 'PT0S'],
    [-5, 'PT0S'],
    [90 * SECOND, 'PT1M30S'],
    [DAY, 'P1D'],
    [7 * DAY, 'P7D'],
    [DAY + 1, 'P1DT0.001S'],
    [25 * HOUR + 30 * SECOND, 'P1DT1H30S'],
    [1_500, 'PT1.5S'],
    [0.4, 'PT0S'],
  ])('formats %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('parses each duration that it formats', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('adds the parts of a duration', () => {
    const part = fc.option(fc.nat(10_000), { nil: null });
    fc.assert(
      fc.property(part, part, part, part, part, (weeks, days, hours, minutes, seconds) => {
        const write = (amount: number | null, unit: string) => (amount === null ? '' : `${amount}${unit}`);
        const time = write(hours, 'H') + write(minutes, 'M') + write(seconds, 'S');
        const text = `P${write(weeks, 'W')}${write(days, 'D')}${time && `T${time}`}`;
        const ms =
          (weeks ?? 0) * 7 * DAY +
          (days ?? 0) * DAY +
          (hours ?? 0) * HOUR +
          (minutes ?? 0) * MINUTE +
          (seconds ?? 0) * SECOND;
        expect(parseDuration(text)).toBe(text === 'P' ? null : ms);
      }),
    );
  });
});
