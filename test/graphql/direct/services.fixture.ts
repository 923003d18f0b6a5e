import { notFound } from '../../../src/errors.ts';
import type { Services } from '../../../src/graphql/services.ts';
import type { Availability, AvailabilityRequest } from '../../../src/offers/query.ts';
import { notAsked, onlyServices } from '../services.fixture.ts';

/** A world in which every question of a run has the same answer, however often it is asked. */
export interface AnswerWorld {
  answers: Map<string, Availability>;
  /** Fields of an answer. */
  cost: number;
  /** Bytes of an answer. */
  most: number;
  /** Nobody may ask anything more. */
  isLimited: boolean;
  /** Slots of a day, as the cost is estimated: more can come. */
  interval: number;
  /** Some lists are so long that they are completed in parts, which graphql-js can't do: the gateway's executor has to. */
  isLong: boolean;
}

/** Services of which `offers` alone can be asked. */
export function servicesOf(
  world: Omit<AnswerWorld, 'isLimited' | 'isLong'>,
  onAsk: (request: AvailabilityRequest) => void = () => {},
): Services {
  const limit = (most: number) => ({ public: most, keyed: most });
  return onlyServices({
    limitStrict: async () => {},
    limits: { cost: limit(world.cost), answer: limit(world.most) },
    offers: {
      async availability(request) {
        onAsk(request);
        const found = world.answers.get(request.eventType);
        if (!found) throw notFound('event type', request.eventType);
        return found;
      },
      eventTypeSize(id) {
        const size = world.answers.has(id) ? { interval: world.interval, hosts: 2, horizon: null } : null;
        // Those that were asked for before are known without a read.
        return id === 'et_1' ? size : Promise.resolve(size);
      },
      ...{ busy: notAsked, explain: notAsked, whatIf: notAsked, defaultStaleAfter: 0 },
      get rulebook() {
        return notAsked();
      },
    },
  });
}
