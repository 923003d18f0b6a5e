/** slotwire simulate: runs the simulators of Google and Microsoft alone, to develop against. */

import { createLog } from '../log.ts';
import { seedDemo } from '../simulator/demo.ts';
import { gatewayEnvironment } from '../simulator/environment.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { systemClock } from '../time/clock.ts';
import { listenError } from './listen-error.ts';
import { listenForStop, untilStopped } from './until-stopped.ts';

export async function simulate({ host, port }: { host: string; port: number }): Promise<void> {
  const simulator = await createSimulator({
    clock: systemClock,
    host,
    port,
    log: createLog('warn'),
    seed: (world) => seedDemo(world, systemClock.now()),
  }).catch((error) => {
    throw listenError(error, host, port, '--port');
  });
  const signal = listenForStop();
  process.stdout.write(
    `Simulators at ${simulator.url}. Point a gateway at them with:\n\n${environment(simulator)}\n`,
  );
  await untilStopped(simulator.close, signal);
}

const environment = (simulator: Simulator) =>
  Object.entries({ ...gatewayEnvironment(simulator), ALLOW_PRIVATE_NETWORK: 'true' })
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n');
