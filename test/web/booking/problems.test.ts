import { describe, expect, it } from 'vitest';
import {
  isRateLimited,
  loadingProblemInWords,
  type Problem,
  problemInWords,
  problemOf,
  problemOfResult,
} from '../../../src/web/booking/problems.ts';

const NOW = 1_000_000;

describe('a fault becomes a problem', () => {
  it.each<[string, Problem]>([
    ['NETWORK', { kind: 'network' }],
    ['NOT_FOUND', { kind: 'gone' }],
    ['INTERNAL_SERVER_ERROR', { kind: 'server' }],
    ['UNAUTHENTICATED', { kind: 'server' }],
    ['RATE_LIMITED', { kind: 'limited', until: NOW + 5_000 }],
  ])('%s', (code, problem) => {
    expect(problemOf({ code, message: '' }, NOW)).toEqual(problem);
  });

  it('turns a rate limit into a problem with the time of the next attempt', () => {
    const problem = problemOf({ code: 'RATE_LIMITED', message: '', retryAfter: 23_000 }, NOW);
    expect(problem).toEqual({ kind: 'limited', until: NOW + 23_000 });
    expect(problemInWords(problem, 'confirm', NOW)).toContain('in 23 seconds');
    expect(problemInWords(problem, 'confirm', NOW + 22_500)).toContain('in 1 second.');
    expect([isRateLimited(problem, NOW), isRateLimited(problem, NOW + 23_000)]).toEqual([true, false]);
  });

  it.each([
    [{ field: 'input.name', message: 'input.name: takes 1 to 200 characters' }, 'name'],
    [{ message: 'Variable "$input" got invalid value "x" at "input.email"; No address.' }, 'email'],
    [{ field: 'reason', message: 'reason: takes at most 5000 characters' }, 'reason'],
    [
      { field: 'input.answers.company-size', message: 'input.answers.company-size: is required' },
      'answers.company-size',
    ],
    [{ message: 'Variable "$input" got invalid value "x" at "input.guests[1]"; No address.' }, 'guests.1'],
    [{ field: 'input.place', message: 'input.place: is required' }, 'place'],
    [{ field: 'input.timeZone', message: 'input.timeZone: no zone' }, null],
  ])('turns a refused input into a problem of its field: %j', (fault, field) => {
    expect(problemOf({ code: 'BAD_USER_INPUT', ...fault }, NOW)).toEqual({ kind: 'refused', field });
  });
});

it.each([
  ['SlotTaken', 'taken'],
  ['SlotNotOffered', 'not-offered'],
  ['SourceStale', 'stale'],
  ['BookingNotFound', 'gone'],
  ['ChallengeRequired', 'unproven'],
  ['ChallengeUnavailable', 'unproven'],
  ['SomethingNew', 'server'],
])('turns the result %s into the problem "%s"', (member, kind) => {
  expect(problemOfResult(member)).toEqual({ kind });
});

it('has a message of its own for each problem, and never tells a visitor who moves a booking that a time is kept', () => {
  const kinds = ['taken', 'not-offered', 'stale', 'network', 'server', 'gone', 'unproven'] as const;
  for (const deed of ['hold', 'confirm', 'move', 'cancel'] as const) {
    const words = kinds.map((kind) => problemInWords({ kind }, deed, NOW));
    expect(new Set(words).size).toBe(kinds.length);
  }
  expect(problemInWords({ kind: 'stale' }, 'confirm', NOW)).toContain('still kept');
  expect(problemInWords({ kind: 'stale' }, 'move', NOW)).toContain('stands as it was');
});

it('says why a page is still loading: its limit, its network, or the server', () => {
  const limited = { kind: 'limited', until: NOW + 42_000 } as const;
  expect(loadingProblemInWords(limited, true, NOW)).toContain('by itself in 42 seconds');
  expect(loadingProblemInWords(limited, true, NOW + 60_000)).toContain('in 1 second');
  expect(loadingProblemInWords({ kind: 'network' }, true, NOW)).toContain('cannot be reached');
  expect(loadingProblemInWords({ kind: 'network' }, false, NOW)).toContain('You are offline');
});
