/** Whom a hold of the public costs a proof of work: everybody or nobody, or those who come while an event type is under pressure. */
import type { Limiter } from '../../cache/port.ts';
import type { Config } from '../../config.ts';
import type { Metrics } from '../../metrics.ts';
import { CHALLENGE_MESSAGE, type ChallengeRequired } from '../outcome.ts';
import type { MeetsPressure } from './pressure.ts';
import { PUZZLE_LIFETIME, type Puzzles } from './puzzle.ts';

export interface ChallengeGate {
  /**
   * Called once for each hold of the public that could be had. A solution is used up when it was needed, whatever becomes of the hold.
   * @param solution what the caller sent, null for nothing
   * @returns a new challenge, or null when the caller may hold
   */
  admit(eventType: string, solution: string | null): Promise<ChallengeRequired | null>;
}

export interface ChallengeGateDeps {
  mode: Config['CHALLENGE'];
  puzzles: Puzzles;
  meetsPressure: MeetsPressure;
  limiter: Pick<Limiter, 'take'>;
  metrics: Pick<Metrics, 'challenges'>;
}

export function createChallengeGate(deps: ChallengeGateDeps): ChallengeGate {
  const { mode, puzzles, meetsPressure, limiter, metrics } = deps;

  /** Each challenge lets one hold through, over all gateways. Its mark outlives it. */
  async function useUp(eventType: string, solution: string): Promise<boolean> {
    const id = await puzzles.solvedBy(solution, eventType);
    return (
      id !== null && (await limiter.take(`challenge:${id}`, { count: 1, window: PUZZLE_LIFETIME })) === null
    );
  }

  return {
    async admit(eventType, solution) {
      if (mode === 'off') return null;
      if (mode === 'pressure' && !(await meetsPressure(eventType))) return null;
      if (solution !== null) {
        const isSolved = await useUp(eventType, solution);
        metrics.challenges.inc({ outcome: isSolved ? 'solved' : 'refused' });
        if (isSolved) return null;
      }
      metrics.challenges.inc({ outcome: 'asked' });
      return {
        is: 'ChallengeRequired',
        message: CHALLENGE_MESSAGE,
        challenge: await puzzles.create(eventType),
      };
    },
  };
}
