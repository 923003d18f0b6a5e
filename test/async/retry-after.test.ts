import { expect, it } from 'vitest';
import { parseRetryAfter } from '../../src/async/retry-after.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const read = (text: string, date?: string) =>
  parseRetryAfter(new Headers({ 'retry-after': text, ...(date === undefined ? {} : { date }) }), NOW);

it('reads a header in seconds, with a fraction too', () => {
  expect(read('120')).toBe(2 * MINUTE);
  expect(read(' 0 ')).toBe(0);
  expect(read('1.5')).toBe(1_500);
  expect(read('0.0004')).toBe(1);
});

it("reads the wait until a date, by the answer's own clock where it has one", () => {
  expect(read('Fri, 20 Nov 2026 12:10:00 GMT')).toBe(10 * MINUTE);
  expect(read('Friday, 20-Nov-26 12:10:00 GMT')).toBe(10 * MINUTE);
  expect(read('Fri Nov 20 12:10:00 2026 GMT')).toBe(10 * MINUTE);
  expect(read('Fri, 20 Nov 2026 11:00:00 GMT')).toBe(0);
  expect(read('Fri, 20 Nov 2026 12:10:00 GMT', 'Fri, 20 Nov 2026 12:09:00 GMT')).toBe(MINUTE);
  expect(read('Fri, 20 Nov 2026 12:10:00 GMT', 'nonsense')).toBe(10 * MINUTE);
});

it('returns null for a missing or malformed header', () => {
  expect(parseRetryAfter(new Headers(), NOW)).toBeNull();
  for (const text of ['', '-5', '1e3', 'soon', 'Someday, maybe', '2026-11-20']) expect(read(text)).toBeNull();
});
