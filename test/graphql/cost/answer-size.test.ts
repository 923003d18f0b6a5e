import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../../../src/graphql/cost/answer-size.ts';

const MOST = 1_000_000;

describe('the length of an answer', () => {
  it.each<[string, unknown]>([
    ['nothing', null],
    ['numbers', [0, -1.5, 1e21, Number.NaN, 12_345]],
    ['plain text', 'a text with no accent'],
    ['text that JSON escapes', 'a "quote", a \\ and a \n and \u0001'],
    ['text of more bytes than characters', 'naïve 会议 📅'],
    ['half a character', '\ud83d'],
    ['empty lists and objects', { a: [], b: {}, c: [[], [{}]] }],
    ['objects', Object.assign(Object.create(null), { a: true, 'b"': [{ c: null }, 'd'], e: undefined })],
    [
      'errors',
      { errors: [new GraphQLError('no “such” thing', { path: ['a', 0], extensions: { code: 'X' } })] },
    ],
  ])('is that of its JSON: %s', (_what, value) => {
    expect(jsonBytes(value, MOST)).toBe(Buffer.byteLength(JSON.stringify(value)));
  });

  it('is not counted to the end when it is too long already', () => {
    let read = 0;
    const items = Array.from({ length: 1_000 }, () => ({
      get text() {
        read++;
        return 'x'.repeat(100);
      },
    }));
    expect(jsonBytes(items, 1_000)).toBeGreaterThan(1_000);
    expect(read).toBeLessThan(15);
  });
});
