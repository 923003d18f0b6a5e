/** A client that solves challenges of holds by trying. */
import { createHash } from 'node:crypto';

export interface AltchaPuzzle {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

export const readPuzzle = (challenge: string): AltchaPuzzle => JSON.parse(challenge);

/** The numbers that were found, by challenge. */
const found = new Map<string, number>();

/** The number that solves the challenge. @throws when there is none up to its maximum */
export function solvingNumber({ challenge, maxnumber, salt }: AltchaPuzzle): number {
  const known = found.get(challenge);
  if (known !== undefined) return known;
  for (let number = 0; number <= maxnumber; number++) {
    if (createHash('sha256').update(`${salt}${number}`).digest('hex') !== challenge) continue;
    found.set(challenge, number);
    return number;
  }
  throw new Error('no number solves the challenge');
}

/** A solution as ALTCHA's widget sends it, with what should be different in it. */
export function solutionOf(challenge: string, more: Record<string, unknown> = {}): string {
  const { maxnumber: _, ...puzzle } = readPuzzle(challenge);
  const number = solvingNumber(readPuzzle(challenge));
  return Buffer.from(JSON.stringify({ ...puzzle, number, took: 1, ...more })).toString('base64');
}
