/** Wall clocks that are wrong, and are put right. */
import { HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { about, type Fault, last, pick } from './fault.fixture.ts';

const wrongClock = (
  title: string,
  kind: 'gateways' | 'workers',
  offsetOf: (random: () => number) => number,
): Fault => ({
  group: 'clocks',
  title,
  async play({ fleet }, random) {
    const victim = pick(random, fleet[kind]);
    victim.setClock(offsetOf(random));
    await last(about(random, 4 * SECOND));
    victim.setClock(0);
  },
});

export const workerAhead = wrongClock(
  'the clock of a worker is 20 s ahead for 4 to 8 s',
  'workers',
  () => 20 * SECOND,
);
export const workerBehind = wrongClock(
  'the clock of a worker is 20 s behind for 4 to 8 s',
  'workers',
  () => -20 * SECOND,
);
export const workerSteps = wrongClock(
  'the clock of a worker is an hour ahead, and steps back',
  'workers',
  () => HOUR,
);
export const gatewaySkew = wrongClock(
  'the clock of a gateway is up to a minute ahead or behind for 4 to 8 s',
  'gateways',
  (random) => (2 * random() - 1) * MINUTE,
);
