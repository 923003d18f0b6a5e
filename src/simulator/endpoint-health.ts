/** How Microsoft judges the host of a webhook by its last answers: too slow a one is told later, or nothing. */
import { type Clock, type Instant, MINUTE, SECOND } from '../time/clock.ts';

/** An answer that takes longer comes too late: the notification is sent again. */
export const IN_TIME = 3 * SECOND;
/** An answer that takes longer is not waited for. */
export const GIVEN_UP = 10 * SECOND;
export const SENTENCE = 10 * MINUTE;
const WINDOW = 10 * MINUTE;
/** One slow answer says nothing yet. Undocumented. */
const FEWEST = 10;

export type Health = 'well' | 'slow' | 'drop';

export interface EndpointHealth {
  /** @param took milliseconds */
  answered(url: string, took: number): void;
  of(url: string): Health;
}

export function createEndpointHealth({ clock }: { clock: Clock }): EndpointHealth {
  const hosts = new Map<string, { answers: { at: Instant; took: number }[]; dropsUntil: Instant }>();

  function hostOf(url: string) {
    const name = new URL(url).host;
    const host = hosts.get(name) ?? { answers: [], dropsUntil: 0 };
    hosts.set(name, host);
    host.answers = host.answers.filter(({ at }) => at > clock.now() - WINDOW);
    return host;
  }
  const share = (answers: readonly { took: number }[], limit: number) =>
    answers.length < FEWEST ? 0 : answers.filter(({ took }) => took > limit).length / answers.length;

  return {
    answered(url, took) {
      const host = hostOf(url);
      host.answers.push({ at: clock.now(), took });
      if (share(host.answers, GIVEN_UP) > 0.15) host.dropsUntil = clock.now() + SENTENCE;
    },
    of(url) {
      const { answers, dropsUntil } = hostOf(url);
      if (clock.now() < dropsUntil) return 'drop';
      return share(answers, IN_TIME) > 0.1 ? 'slow' : 'well';
    },
  };
}
