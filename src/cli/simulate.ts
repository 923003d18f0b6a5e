/** slotwire simulate: the local Google and Microsoft alone, to develop against. */

import { createLog } from '../log.ts';
import { seedDemo } from '../simulator/demo.ts';
import { environmentOf } from '../simulator/environment.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { systemClock } from '../time/clock.ts';
import { startFault } from './start-fault.ts';
import { stopSignal, untilStopped } from './until-stopped.ts';

export async function simulate({ host, port }: { host: string; port: number }): Promise<void> {
  const simulator = await createSimulator({
    clock: systemClock,
    host,
    port,
    log: createLog('warn'),
    seed: (world) => seedDemo(world, systemClock.now()),
  }).catch((error) => {
    throw startFault(error, host, port, '--port');
  });
  const signal = stopSignal();
  process.stdout.write(
    `Simulators at ${simulator.url}. Point a gateway at them with:\n\n${environment(simulator)}\n`,
  );
  await untilStopped(simulator.close, signal);
}

const environment = (simulator: Simulator) =>
  Object.entries({ ...environmentOf(simulator), ALLOW_PRIVATE_NETWORK: 'true' })
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n');
