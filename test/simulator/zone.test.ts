/** Civil time: clock changes, and the texts that providers write. */
import { expect, test } from 'vitest';
import { addDays, instantOf, isZone, localText, offsetText } from '../../src/simulator/zone.ts';

const iso = (at: number) => new Date(at).toISOString().slice(0, 16);

test.each([
  ['an ordinary time', '2026-12-01T09:00', 'America/New_York', '2026-12-01T14:00'],
  ['a skipped time, after the gap', '2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30'],
  ['a doubled time, the first one', '2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30'],
  ['a midnight', '2026-06-01', 'Europe/Berlin', '2026-05-31T22:00'],
  ['a zone of quarter hours', '2026-06-01T00:00', 'Asia/Kathmandu', '2026-05-31T18:15'],
])('reads %s', (_, local, zone, utc) => {
  expect(iso(instantOf(local.length === 16 ? `${local}:00` : local, zone))).toBe(utc);
});

test('writes wall clocks with and without offset', () => {
  const at = Date.parse('2026-06-01T12:00:00Z');
  expect(localText(at, 'Asia/Kathmandu')).toBe('2026-06-01T17:45:00');
  expect(offsetText(at, 'Asia/Kathmandu')).toBe('2026-06-01T17:45:00+05:45');
  expect(offsetText(at, 'America/St_Johns')).toBe('2026-06-01T09:30:00-02:30');
  expect(offsetText(at, 'UTC')).toBe('2026-06-01T12:00:00Z');
});

test('counts days over months, and knows zones', () => {
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
  expect([isZone('Europe/Paris'), isZone('Middle/Earth')]).toEqual([true, false]);
});
