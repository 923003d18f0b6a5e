/** slotwire demo: a whole installation on one machine, with simulated providers, five connected hosts and booking pages. */
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import { startGateway } from '../main.ts';
import { overrideVariables } from '../secret-files.ts';
import { seedDemo } from '../simulator/demo.ts';
import { gatewayEnvironment } from '../simulator/environment.ts';
import { createMailCatcher } from '../simulator/mail/catcher.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { recreateDatabase } from '../store/empty.ts';
import { systemClock } from '../time/clock.ts';
import { type SeededPage, seedTeam } from './demo-team.ts';
import { openInstallation } from './installation.ts';
import { checkPort, listenError } from './listen-error.ts';
import { listenForStop, type StopSignal, untilStopped } from './until-stopped.ts';

export async function demo({ simulatorPort }: { simulatorPort: number }): Promise<void> {
  const signal = listenForStop();
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    await start(simulatorPort, signal, (close) => opened.push(close));
  } catch (error) {
    await closeAll();
    // An interrupt at the terminal also ends the programs that a start is waiting for, so its error says nothing more.
    throw signal.received() ? new StartError('Stopped before it was ready.') : error;
  }
  await untilStopped(closeAll, signal);
}

/** @param onClose registers the function that closes a part; the last part started closes first. */
async function start(
  simulatorPort: number,
  signal: StopSignal,
  onClose: (close: () => Promise<void>) => void,
) {
  const startedAt = Date.now();
  const step = (text: string) => {
    if (signal.received()) throw new Error('stopped');
    process.stderr.write(`  ${text}\n`);
  };
  const withoutServices = { DATABASE_URL: undefined, REDIS_URL: undefined };
  const baseConfig = readConfig(overrideVariables(process.env, withoutServices));
  const log = createLog(process.env.LOG_LEVEL ?? 'warn');
  await checkPort(baseConfig.HOST, baseConfig.PORT, 'PORT');

  step('starting the simulators of Google and Microsoft');
  const inbox = await createMailCatcher({ clock: systemClock, log });
  onClose(inbox.close);
  const simulator = await createSimulator({
    clock: systemClock,
    host: baseConfig.HOST,
    port: simulatorPort,
    log,
    inbox,
    seed: (world) => seedDemo(world, systemClock.now()),
  }).catch((error) => {
    throw listenError(error, baseConfig.HOST, simulatorPort, '--simulator-port');
  });
  onClose(simulator.close);
  const config = readConfig(
    overrideVariables(process.env, {
      ...gatewayEnvironment(simulator),
      ...withoutServices,
      // Nobody in the demo is real, so no mail of it goes out.
      SMTP_URL: inbox.smtpUrl,
      MAIL_FROM: 'Slotwire demo <bookings@example.com>',
      DATA_DIR: join(baseConfig.DATA_DIR, 'demo'),
      ALLOW_PRIVATE_NETWORK: 'true',
      GRAPHIQL: process.env.GRAPHIQL || 'true',
    }),
  );

  step('starting PostgreSQL');
  const installation = await openInstallation(config, log, { throwaway: true });
  onClose(installation.close);
  // The simulators start empty each time, so connections from an earlier run are useless.
  const databaseUrl = await recreateDatabase(installation.databaseUrl, `slotwire_demo_${config.PORT}`);

  step('starting the gateway');
  const { adminToken } = installation;
  const gateway = await startGateway({
    config: { ...config, METRICS_TOKEN: config.METRICS_TOKEN ?? adminToken },
    log,
    installation: { ...installation, databaseUrl },
    http: true,
    sync: true,
  });
  onClose(gateway.close);

  step('connecting five hosts through the consent pages');
  const pages = await seedTeam({ url: config.PUBLIC_URL, adminToken, simulator });
  step(`ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
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
${line('Mail that was sent', `${simulatorUrl}/mail`)}
${line('GraphiQL', `${url}/graphql`)}
${line('Metrics', `${url}/metrics (the admin token as a bearer)`)}
${line('Admin token', adminToken)}

Try it: open Ada's page and, beside it, the calendars. There, press Edit at
"Lunch with Charles", then Delete. The two times appear on her page at once.

Ctrl+C ends it; the next one begins anew.

`;

const line = (what: string, where: string) => `  ${what.padEnd(20)} ${where}`;
