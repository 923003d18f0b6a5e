import { expect, it } from 'vitest';
import { formatCountdown, remainingInWords } from '../../../src/web/booking/remaining.ts';

it.each([
  [300_000, '5:00'],
  [299_999, '4:59'],
  [65_000, '1:05'],
  [900, '0:00'],
  [-5_000, '0:00'],
])('shows %i ms as %s', (ms, face) => {
  expect(formatCountdown(ms)).toBe(face);
});

it('announces the remaining time at four moments of five minutes, and not after the end', () => {
  const said: string[] = [];
  for (let ms = 300_000; ms > -5_000; ms -= 1_000) {
    const words = remainingInWords(ms, 300_000);
    if (words !== said.at(-1)) said.push(words);
  }
  expect(said).toEqual([
    'This time is kept for you for 5 minutes.',
    'This time is kept for you for another 2 minutes.',
    'This time is kept for you for another 1 minute.',
    'This time is kept for you for another 20 seconds.',
    '',
  ]);
});

it.each([
  [150_000, '2 minutes'],
  [298_000, '5 minutes'],
  [3_600_000, '60 minutes'],
])('announces %i ms as at most %s', (ms, words) => {
  expect(remainingInWords(ms, ms)).toBe(`This time is kept for you for ${words}.`);
});

it('does not say "another" of the full length of a short hold', () => {
  expect(remainingInWords(59_000, 59_000)).toBe('This time is kept for you for 59 seconds.');
  expect(remainingInWords(19_000, 59_000)).toBe('This time is kept for you for another 20 seconds.');
});
