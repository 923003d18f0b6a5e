/** slotwire simulate: the local Google and Microsoft alone, to develop against. */
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import { seedDemo } from '../simulator/demo.ts';
import { environmentOf } from '../simulator/environment.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { portOption } from './port-option.ts';
import { startFault } from './start-fault.ts';
import { untilStopped } from './until-stopped.ts';

export const simulate = new Command('simulate')
  .description('run the simulators of Google and Microsoft alone, with a page to edit events by hand')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .addOption(portOption('--port <number>', 'port to listen on', 4010))
  .action(async ({ host, port }: { host: string; port: number }) => {
    const simulator = await createSimulator({
      clock: systemClock,
      host,
      port,
      log: createLog('warn'),
      seed: (world) => seedDemo(world, systemClock.now()),
    }).catch((error) => {
      throw startFault(error, host, port, '--port');
    });
    process.stdout.write(
      `Simulators at ${simulator.url}. Point a gateway at them with:\n\n${environment(simulator)}\n`,
    );
    await untilStopped(simulator.close);
  });

const environment = (simulator: Simulator) =>
  Object.entries({ ...environmentOf(simulator), ALLOW_PRIVATE_NETWORK: 'true' })
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n');
