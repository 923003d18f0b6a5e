/** Whom a hold of the public costs a challenge: everybody or nobody, or those who come while an event type is under pressure. */
import type { Limiter } from '../../cache/port.ts';
import type { Config } from '../../config.ts';
import type { Metrics } from '../../metrics.ts';
import { MINUTE } from '../../time/clock.ts';
import {
  CHALLENGE_MESSAGE,
  CHALLENGE_UNAVAILABLE,
  type ChallengeRequired,
  type ChallengeUnavailable,
} from '../outcome.ts';
import type { MeetsPressure } from './pressure.ts';

/** How long a challenge can be answered, in milliseconds; providers of widgets give their tokens as long at most. */
export const CHALLENGE_LIFETIME = 5 * MINUTE;

/** Makes challenges, and tells what solves them: proofs of work, or the widget of a provider. */
export interface ChallengeMaker {
  /** @returns the challenge as JSON, for a caller who wants a hold of this event type */
  create(eventType: string): Promise<string>;
  /**
   * @param solution as the caller sent it
   * @returns an id of the challenge that it solves; null when it is wrong, expired, or of another event type or installation
   * @throws SolutionUnchecked
   */
  solvedBy(solution: string, eventType: string): Promise<string | null>;
}

/** Whether a solution is right could not be found out. The message says why, to operators. */
export class SolutionUnchecked extends Error {
  override readonly name = 'SolutionUnchecked';
}

export interface ChallengeGate {
  /**
   * Called once for each hold of the public that could be had. A solution is used up when it was needed, whatever becomes of the hold.
   * @param solution what the caller sent, null for nothing
   * @returns a new challenge, or that the solution can't be checked just now; null when the caller may hold
   */
  admit(eventType: string, solution: string | null): Promise<ChallengeRequired | ChallengeUnavailable | null>;
}

export interface ChallengeGateDeps {
  mode: Config['CHALLENGE'];
  maker: ChallengeMaker;
  meetsPressure: MeetsPressure;
  limiter: Pick<Limiter, 'take'>;
  metrics: Pick<Metrics, 'challenges'>;
}

export function createChallengeGate(deps: ChallengeGateDeps): ChallengeGate {
  const { mode, maker, meetsPressure, limiter, metrics } = deps;

  /** Each challenge lets one hold through, over all gateways. Its mark outlives it. */
  async function useUp(eventType: string, solution: string): Promise<'solved' | 'refused' | 'unchecked'> {
    try {
      const id = await maker.solvedBy(solution, eventType);
      if (id === null) return 'refused';
      const wait = await limiter.take(`challenge:${id}`, { count: 1, window: CHALLENGE_LIFETIME });
      return wait === null ? 'solved' : 'refused';
    } catch (error) {
      if (error instanceof SolutionUnchecked) return 'unchecked';
      throw error;
    }
  }

  return {
    async admit(eventType, solution) {
      if (mode === 'off') return null;
      if (mode === 'pressure' && !(await meetsPressure(eventType))) return null;
      if (solution !== null) {
        const outcome = await useUp(eventType, solution);
        metrics.challenges.inc({ outcome });
        if (outcome === 'solved') return null;
        // Another challenge would meet the same fate.
        if (outcome === 'unchecked') return CHALLENGE_UNAVAILABLE;
      }
      metrics.challenges.inc({ outcome: 'asked' });
      return {
        is: 'ChallengeRequired',
        message: CHALLENGE_MESSAGE,
        challenge: await maker.create(eventType),
      };
    },
  };
}
