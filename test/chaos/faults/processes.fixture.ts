/** Processes of the product that are killed, frozen, or asked to stop while nothing answers them. */
import { SECOND } from '../../../src/time/clock.ts';
import { about, type Fault, last, pick } from './fault.fixture.ts';

export const killGateway: Fault = {
  group: 'kills',
  title: 'kill -9 of a gateway',
  play: ({ fleet }, random) => pick(random, fleet.gateways).kill(),
};

export const killWorker: Fault = {
  group: 'kills',
  title: 'kill -9 of a worker',
  play: ({ fleet }, random) => pick(random, fleet.workers).kill(),
};

const freeze = (title: string, kind: 'gateways' | 'workers'): Fault => ({
  group: 'freezes',
  title,
  async play({ fleet }, random) {
    const victim = pick(random, fleet[kind]);
    victim.freeze();
    await last(about(random, 4 * SECOND));
    victim.thaw();
  },
});

export const freezeGateway = freeze('a gateway stands still for 4 to 8 s (SIGSTOP)', 'gateways');
export const freezeWorker = freeze('a worker stands still for 4 to 8 s (SIGSTOP)', 'workers');

export const stopInSilence: Fault = {
  group: 'stops',
  title: 'SIGTERM while nothing comes from PostgreSQL',
  async play({ fleet, wires }, random) {
    wires.database.hold();
    const victim = pick(random, fleet.processes);
    await victim.stop(false);
    wires.database.resume();
    await victim.kill();
  },
};
