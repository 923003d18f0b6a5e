import { createHash } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib/v1';
import { expect, it } from 'vitest';
import { hasherAfter } from '../../../src/web/challenge/sha256.ts';
import { solvePuzzle } from '../../../src/web/challenge/solve.ts';

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 200])(
  'a text that begins with %i characters is hashed as SHA-256 says',
  (length) => {
    const start = 'altcha&'.repeat(30).slice(0, length);
    const hash = hasherAfter(start);
    for (const text of ['', '7', '100000', 'x'.repeat(150), '8']) {
      const hex = Array.from(hash(text), (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
      expect(hex).toBe(createHash('sha256').update(`${start}${text}`).digest('hex'));
    }
  },
);

it("the page's solution of a challenge is one that ALTCHA accepts", async () => {
  const hmacKey = 'a key';
  const params = { eventType: 'et_01m7xrejg4f20t6vebgchp0a4r' };
  const puzzle = await createChallenge({ hmacKey, maxnumber: 2_000, params });
  const solution = solvePuzzle(JSON.stringify(puzzle));
  expect(await verifySolution(solution ?? '', hmacKey)).toBe(true);
});

it.each([
  ['is no JSON', 'nothing'],
  ['is no object', '[]'],
  ['has another algorithm', JSON.stringify({ algorithm: 'SHA-512', challenge: '0'.repeat(64), salt: '' })],
  [
    'no number solves',
    JSON.stringify({ algorithm: 'SHA-256', challenge: '0'.repeat(64), salt: 's', maxnumber: 9 }),
  ],
])('a challenge that %s has no solution', (_what, challenge) => {
  expect(solvePuzzle(challenge)).toBeNull();
});
