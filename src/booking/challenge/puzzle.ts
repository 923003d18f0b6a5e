/**
 * Proofs of work in the form of ALTCHA: a number is to be found whose hash with the salt is the challenge. The salt names the event
 * type and when the challenge expires, and the gateway's signature covers both, so that no gateway has to remember what was asked.
 */
import { timingSafeEqual } from 'node:crypto';
import { createChallenge, extractParams } from 'altcha-lib/v1';
import { z } from 'zod';
import type { KeyRing } from '../../secrets.ts';
import { type Clock, SECOND } from '../../time/clock.ts';
import { CHALLENGE_LIFETIME, type ChallengeMaker } from './gate.ts';

/**
 * The numbers that are tried at most; half as many on average. A phone of the middle class hashes about 50,000 of them a second by
 * WebCrypto, and more in the booking page's own worker.
 */
const MOST_TRIES = 100_000;
const CONTEXT = 'challenge of a hold';
/** Characters of a solution: those that solve a challenge have about 450. */
const SOLUTION_MAX = 2_000;

/** What a solver sends: the challenge as it came, and the number. Anything else in the object is the solver's own. */
const Solution = z.object({
  algorithm: z.literal('SHA-256'),
  challenge: z.string().regex(/^[\da-f]{64}$/),
  // A text here could move characters from the salt into the number, with the same hash and without the expiry.
  number: z.int().min(0).max(MOST_TRIES),
  salt: z.string().max(500),
  signature: z.string().regex(/^[\da-f]{64}$/),
});

/**
 * Challenges are `{ algorithm, challenge, maxnumber, salt, signature }`; their solution is JSON in base64, as ALTCHA's widget writes it,
 * or as it is.
 */
export function createPuzzles({
  keyRing,
  clock,
}: {
  keyRing: Pick<KeyRing, 'signingKeys'>;
  clock: Pick<Clock, 'now'>;
}): ChallengeMaker {
  /** The current key's first. Challenges that were made before the keys changed can be solved, too. */
  const hmacKeys = () => keyRing.signingKeys(CONTEXT).map(({ key }) => key.toString('base64url'));

  return {
    async create(eventType) {
      const [hmacKey = ''] = hmacKeys();
      const expires = new Date(clock.now() + CHALLENGE_LIFETIME);
      const puzzle = await createChallenge({
        ...{ algorithm: 'SHA-256', maxnumber: MOST_TRIES, hmacKey },
        ...{ expires, params: { eventType } },
      });
      return JSON.stringify(puzzle);
    },

    async solvedBy(text, eventType) {
      const solution = readSolution(text);
      if (!solution) return null;
      const { algorithm, number, salt, challenge, signature } = solution;
      const about = extractParams({ ...solution });
      const expiresAt = Number(about.expires) * SECOND;
      // The library would ask the machine's clock, which the gateway's need not be.
      if (about.eventType !== eventType || !(clock.now() <= expiresAt)) return null;
      for (const hmacKey of hmacKeys()) {
        const made = await createChallenge({ algorithm, hmacKey, number, salt });
        if (made.salt !== salt || made.challenge !== challenge) return null;
        if (timingSafeEqual(Buffer.from(made.signature, 'hex'), Buffer.from(signature, 'hex'))) {
          return challenge;
        }
      }
      return null;
    },
  };
}

function readSolution(text: string): z.output<typeof Solution> | null {
  if (text.length > SOLUTION_MAX) return null;
  try {
    const json = text.startsWith('{') ? text : Buffer.from(text, 'base64').toString();
    const { success, data } = Solution.safeParse(JSON.parse(json));
    return success ? data : null;
  } catch {
    return null;
  }
}
