/** A process of its own, for what ends processes: argv names the fault. */
import { handleProcessFaults } from '../../src/cli/process-faults.ts';
import { listenForStop, untilStopped } from '../../src/cli/until-stopped.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';

const metrics = createMetrics();
handleProcessFaults({ log: createLog('info'), metrics });

if (process.argv[2] === 'reject') {
  void Promise.reject(new Error('nobody awaits this'));
  setImmediate(async () => {
    const { values } = await metrics.unhandledRejections.get();
    process.stdout.write(`goes on, counted ${values[0]?.value}\n`);
  });
} else if (process.argv[2] === 'throw') {
  setImmediate(() => {
    throw new Error('no code catches this');
  });
} else {
  const signal = listenForStop();
  const alive = setInterval(() => {}, 60_000);
  process.stdout.write('ready\n');
  await untilStopped(() => new Promise(() => alive.ref()), signal);
}
