import { describe, expect, it } from 'vitest';
import {
  mustWait,
  type Problem,
  problemInWords,
  problemOf,
  refusalOf,
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

  it('that tells how long to wait', () => {
    const problem = problemOf({ code: 'RATE_LIMITED', message: '', retryAfter: 23_000 }, NOW);
    expect(problem).toEqual({ kind: 'limited', until: NOW + 23_000 });
    expect(problemInWords(problem, 'confirm', NOW)).toContain('in 23 seconds');
    expect(problemInWords(problem, 'confirm', NOW + 22_500)).toContain('in 1 second.');
    expect([mustWait(problem, NOW), mustWait(problem, NOW + 23_000)]).toEqual([true, false]);
  });

  it.each([
    [{ field: 'input.name', message: 'input.name: takes 1 to 200 characters' }, 'name'],
    [{ message: 'Variable "$input" got invalid value "x" at "input.email"; No address.' }, 'email'],
    [{ field: 'reason', message: 'reason: takes at most 5000 characters' }, 'reason'],
    [{ field: 'input.timeZone', message: 'input.timeZone: no zone' }, null],
  ])('that names its field: %j', (fault, field) => {
    expect(problemOf({ code: 'BAD_USER_INPUT', ...fault }, NOW)).toEqual({ kind: 'refused', field });
  });
});

it.each([
  ['SlotTaken', 'taken'],
  ['SlotNotOffered', 'not-offered'],
  ['SourceStale', 'stale'],
  ['BookingNotFound', 'gone'],
  ['SomethingNew', 'server'],
])('%s is the problem "%s"', (member, kind) => {
  expect(refusalOf(member)).toEqual({ kind });
});

it('has its own words for each, and never says of a move that a time is kept', () => {
  const kinds = ['taken', 'not-offered', 'stale', 'network', 'server', 'gone'] as const;
  for (const deed of ['hold', 'confirm', 'move', 'cancel'] as const) {
    const words = kinds.map((kind) => problemInWords({ kind }, deed, NOW));
    expect(new Set(words).size).toBe(kinds.length);
  }
  expect(problemInWords({ kind: 'stale' }, 'confirm', NOW)).toContain('still kept');
  expect(problemInWords({ kind: 'stale' }, 'move', NOW)).toContain('stands as it was');
});
