/** Viewers on live subscriptions, who come, go, and come back after what they hold; and what they hold in the end. */
import { HOUR, MINUTE } from '../../src/time/clock.ts';
import { bySocket, byStream } from '../e2e/carriers.fixture.ts';
import { answerNow, SELECTIONS } from '../e2e/mirror.fixture.ts';
import { type Question, type Spectator, spectate } from '../e2e/spectator.fixture.ts';
import { testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { pick } from './faults/fault.fixture.ts';
import type { ChaosWorld } from './world.fixture.ts';

const LIMIT = 8 * MINUTE;

export interface Viewers {
  /** Nobody leaves any more by themselves. */
  rest(): void;
  /** Events that they received. */
  observed(): number;
  /** Once they rest and nothing changes any more. @returns what was wrong with what they received, or is with what they hold */
  faults(): Promise<string[]>;
  stop(): Promise<void>;
}

export function openViewers(
  { fleet, types, stack }: ChaosWorld,
  count: number,
  random: () => number,
): Viewers {
  const { at } = testDay();
  const iso = (instant: number) => new Date(instant).toISOString();
  const windows = [
    { from: iso(at('00:00')), to: iso(at('24:00')) },
    { from: iso(at('09:00')), to: iso(at('09:00') + 100 * HOUR) },
  ];
  const questions = types.flatMap(({ id: eventType }) =>
    windows.flatMap((window) =>
      SELECTIONS.map((slots): Question => ({ input: { eventType, ...window }, slots, known: new Map() })),
    ),
  );
  let isCalm = false;
  const crowd = {
    urls: () => fleet.gateways.flatMap(({ url }) => url ?? []),
    random,
    calm: () => isCalm,
  };
  const viewers = Array.from({ length: count }, (_, i) =>
    spectate(crowd, pick(random, questions), i % 2 ? bySocket : byStream),
  );

  async function behind(): Promise<Spectator[]> {
    const answers = new Map<Question, string>();
    for (const question of new Set(viewers.map((viewer) => viewer.question)))
      answers.set(question, JSON.stringify(await answerNow(stack.anyone, question.slots, question.input)));
    return viewers.filter(({ question, mirror }) => JSON.stringify(mirror.held()) !== answers.get(question));
  }

  return {
    rest() {
      isCalm = true;
    },
    observed: () => viewers.reduce((sum, { mirror }) => sum + mirror.received.length, 0),
    async faults() {
      await until(async () => (await behind()).length === 0, LIMIT).catch(() => {});
      const late = (await behind()).map(
        ({ question, mirror, ends }) =>
          `a viewer of ${JSON.stringify(question.input)} does not hold what is answered: ${mirror.received.slice(-3)}; its connections ended: ${ends.slice(-3)}`,
      );
      return [...viewers.flatMap(({ mirror }) => mirror.faults), ...late];
    },
    stop: async () => void (await Promise.all(viewers.map((viewer) => viewer.stop()))),
  };
}
