import { describe, expect, it } from 'vitest';
import { DAY } from '../../../src/time/clock.ts';
import { asksWhole, wholeTime } from '../../../src/web/booking/times.ts';

const hosts = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `host_${i}`, name: `Host ${i}` }));
const type = (more: Partial<Parameters<typeof asksWhole>[0]> = {}) => ({
  ...{ scheduling: 'SINGLE' as const, seats: 1, hosts: hosts(1), interval: 'PT30M' },
  ...more,
});

describe('what is asked of times', () => {
  it('is their starts alone where all of them have the same hosts and one seat', () => {
    expect(asksWhole(type(), 7 * DAY)).toBe(false);
    expect(asksWhole(type({ scheduling: 'COLLECTIVE', hosts: hosts(5) }), 31 * DAY)).toBe(false);
    expect(asksWhole(type({ scheduling: 'ROUND_ROBIN' }), 31 * DAY)).toBe(false);
  });

  it('is all of them where hosts or seats are shown, unless a month has too many', () => {
    expect(asksWhole(type({ seats: 2 }), 31 * DAY)).toBe(true);
    const team = type({ scheduling: 'ROUND_ROBIN', hosts: hosts(5) });
    expect(asksWhole(team, 31 * DAY)).toBe(true);
    const large = { ...team, interval: 'PT5M' };
    expect([asksWhole(large, 7 * DAY), asksWhole(large, 31 * DAY)]).toEqual([true, false]);
  });
});

it('what is not known of a time is as the event type has it', () => {
  const start = '2026-11-30T09:00:00.000Z';
  expect(wholeTime({ start }, { hosts: hosts(2) }, 30 * 60_000)).toEqual({
    ...{ start, end: '2026-11-30T09:30:00.000Z', seatsLeft: null, hosts: hosts(2) },
  });
  const known = { start, end: '2026-11-30T09:20:00.000Z', seatsLeft: 2, hosts: hosts(1) };
  expect(wholeTime(known, { hosts: hosts(2) }, 30 * 60_000)).toEqual(known);
});
