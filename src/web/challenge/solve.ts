/** Finds the number of a challenge in the first form of ALTCHA by trying. Framework-free, and without a browser. */
import { hasherAfter } from './sha256.ts';

/** Numbers that are tried when a challenge names no maximum; a larger maximum is not believed. */
const MOST_TRIES = 10_000_000;

/**
 * @param challenge JSON, as ChallengeRequired has it
 * @returns the solution, JSON in base64; null for a challenge that can't be read, or that no number solves
 */
export function solvePuzzle(challenge: string): string | null {
  const puzzle = readPuzzleFields(challenge);
  if (!puzzle) return null;
  const { maxnumber, ...sent } = puzzle;
  const wanted = Int32Array.from(puzzle.challenge.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16));
  const hash = hasherAfter(puzzle.salt);
  for (let number = 0; number <= Math.min(maxnumber, MOST_TRIES); number++) {
    const found = hash(String(number));
    if (found[0] !== wanted[0]) continue;
    if (found.every((word, i) => word === wanted[i])) return btoa(JSON.stringify({ ...sent, number }));
  }
  return null;
}

interface PuzzleFields {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

function readPuzzleFields(json: string): PuzzleFields | null {
  try {
    const { algorithm, challenge, maxnumber = MOST_TRIES, salt, signature }: PuzzleFields = JSON.parse(json);
    const isKnown = algorithm === 'SHA-256' && /^[\da-f]{64}$/.test(challenge) && /^[\x20-\x7e]*$/.test(salt);
    return isKnown ? { algorithm, challenge, maxnumber, salt, signature } : null;
  } catch {
    return null;
  }
}
