/** slotwire demo: everything on one machine. Simulated providers, two connected hosts, a booking page that lives. */
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { startGateway } from '../main.ts';
import { seedDemo } from '../simulator/demo.ts';
import { environmentOf } from '../simulator/environment.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { recreateDatabase } from '../store/empty.ts';
import { systemClock } from '../time/clock.ts';
import { type SeededPage, seedTeam } from './demo-team.ts';
import { openInstallation } from './installation.ts';
import { checkPort, startFault } from './start-fault.ts';
import { type StopSignal, stopSignal, untilStopped } from './until-stopped.ts';

export async function demo({ simulatorPort }: { simulatorPort: number }): Promise<void> {
  const signal = stopSignal();
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    await start(simulatorPort, signal, (close) => opened.push(close));
  } catch (error) {
    await closeAll();
    // An interrupt at the terminal ends the programs too that a start is waiting for.
    throw signal.came() ? new StartError('Stopped before it was ready.') : error;
  }
  await untilStopped(closeAll, signal);
}

/** `onClose` takes what ends each part; the last part started ends first. */
async function start(
  simulatorPort: number,
  signal: StopSignal,
  onClose: (close: () => Promise<void>) => void,
) {
  const begun = Date.now();
  const step = (text: string) => {
    if (signal.came()) throw new Error('stopped');
    process.stderr.write(`  ${text}\n`);
  };
  const alone = { DATABASE_URL: undefined, REDIS_URL: undefined };
  const given = readConfig({ ...process.env, ...alone });
  const log = createLog(process.env.LOG_LEVEL ?? 'warn');
  await checkPort(given.HOST, given.PORT, 'PORT');

  step('starting the simulators of Google and Microsoft');
  const simulator = await createSimulator({
    clock: systemClock,
    host: given.HOST,
    port: simulatorPort,
    log,
    seed: (world) => seedDemo(world, systemClock.now()),
  }).catch((error) => {
    throw startFault(error, given.HOST, simulatorPort, '--simulator-port');
  });
  onClose(simulator.close);
  const config = readConfig({
    ...process.env,
    ...environmentOf(simulator),
    ...alone,
    DATA_DIR: join(given.DATA_DIR, 'demo'),
    ALLOW_PRIVATE_NETWORK: 'true',
  });

  step('starting PostgreSQL');
  const installation = await openInstallation(config, log, { throwaway: true });
  onClose(installation.close);
  // The simulators begin anew each time, so what was connected to them before is gone.
  const databaseUrl = await recreateDatabase(installation.databaseUrl, `slotwire_demo_${config.PORT}`);

  step('starting the gateway');
  const gateway = await startGateway({
    config,
    log,
    installation: { ...installation, databaseUrl },
    http: true,
    sync: true,
  });
  onClose(gateway.close);

  step('connecting two hosts through the consent pages');
  const { adminToken } = installation;
  const pages = await seedTeam({ url: config.PUBLIC_URL, adminToken, simulator });
  step(`ready after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  process.stdout.write(welcome({ url: config.PUBLIC_URL, simulatorUrl: simulator.url, adminToken, pages }));
}

interface Running {
  url: string;
  simulatorUrl: string;
  adminToken: string;
  pages: SeededPage[];
}

const welcome = ({ url, simulatorUrl, adminToken, pages }: Running) => `
Slotwire is running.

${pages.map(({ title, path }) => line(title, `${url}${path}`)).join('\n')}
${line('Their calendars', `${simulatorUrl}/`)}
${line('GraphiQL', `${url}/graphql`)}
${line('Admin token', adminToken)}

Try it: open Ada's page and, beside it, the calendars. There, press Edit at
"Lunch with Charles", then Delete. The two times appear on her page at once.

Ctrl+C ends it; the next one begins anew.

`;

const line = (what: string, where: string) => `  ${what.padEnd(20)} ${where}`;
