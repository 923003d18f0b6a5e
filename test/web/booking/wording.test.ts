import { describe, expect, it } from 'vitest';
import { changeInWords, hostsInWords, lengthInWords, noticeOf } from '../../../src/web/booking/wording.ts';

it.each([
  ['PT30M', '30 minutes'],
  ['PT1H', '1 hour'],
  ['PT90M', '1 hour 30 minutes'],
  ['P1DT2H', '1 day 2 hours'],
  ['P1W', '7 days'],
  ['soon', 'soon'],
])('says %s as %s', (duration, words) => {
  expect(lengthInWords(duration)).toBe(words);
});

it('names hosts together, or any of them', () => {
  expect(hostsInWords(['Ada'])).toBe('Ada');
  expect(hostsInWords(['Ada', 'Bo', 'Cy'])).toBe('Ada, Bo, and Cy');
});

it.each([
  [1, 2, '1 time added, 2 removed'],
  [3, 0, '3 times added'],
  [0, 1, '1 time removed'],
  [0, 0, ''],
])('announces %i added and %i removed', (added, removed, words) => {
  expect(changeInWords({ added: Array(added).fill(0), removed: Array(removed).fill(0) })).toBe(words);
});

describe('the notice', () => {
  it('is absent from a whole answer, also of a host without calendars', () => {
    expect(noticeOf({ complete: true, issues: [] })).toBeNull();
    expect(noticeOf({ complete: true, issues: ['NO_CALENDARS'] })).toBeNull();
  });

  it('speaks of calendars when one could not be read, without codes', () => {
    const words = 'Some calendars could not be read just now; times may be missing.';
    expect(noticeOf({ complete: false, issues: [] })).toBe(words);
    expect(noticeOf({ complete: true, issues: ['SOURCE_STALE'] })).toBe(words);
    expect(noticeOf({ complete: false, issues: ['OUTSIDE_COVERAGE', 'SOURCE_UNREACHABLE'] })).toBe(words);
  });

  it('speaks of days when they lie too far ahead', () => {
    expect(noticeOf({ complete: false, issues: ['OUTSIDE_COVERAGE'] })).toContain('too far ahead');
  });
});
