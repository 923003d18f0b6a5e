/** A whole gateway with both simulators on a database that is thrown away: what benchmarks of sync run on. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { gatewayEnvironment } from '../src/simulator/environment.ts';
import { createSimulator, type Simulator } from '../src/simulator/simulator.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/postgres.ts';
import { systemClock } from '../src/time/clock.ts';

export type ProviderName = 'google' | 'microsoft';

export interface BenchGateway {
  /** Of its GraphQL, over HTTP. */
  url: string;
  databaseUrl: string;
  simulator: Simulator;
  /** Microseconds of CPU that the gateway has used. */
  cpu(): Promise<number>;
  ask<T>(query: string, variables: object): Promise<T>;
  /** What it tells Prometheus. */
  metricLines(): Promise<string[]>;
  /** Sum of a counter's values whose labels hold all of `labels`. */
  counted(name: string, ...labels: string[]): Promise<number>;
  /** A host with a connected person, whose primary calendar is read and watched. */
  connect(provider: ProviderName, slug: string, fill?: (calendar: string) => void): Promise<BenchHost>;
  /** Ends the gateway and starts it again, with nothing in its memory. Resolves once it is ready. */
  restart(): Promise<void>;
  /** Selects every calendar of a host. Resolves once each is read. */
  selectAll(host: string): Promise<void>;
}

export interface BenchHost {
  id: string;
  /** At the provider. */
  calendar: string;
}

const ADMIN_TOKEN = 'benchmark-admin-token-of-enough-length';

/** @param more environment of the gateway */
export async function withGateway(
  run: (gateway: BenchGateway) => Promise<void>,
  more: Record<string, string> = {},
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slotwire-bench-'));
  await chmod(dataDir, 0o711); // as root: PostgreSQL's user must get in
  const ends: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true })];
  try {
    const log = createLog('error');
    const database = await startEmbeddedPostgres({ dataDir, log, throwaway: true });
    ends.push(database.stop);
    const simulator = await createSimulator({ clock: systemClock, ratesReceivers: false });
    ends.push(simulator.close);
    const env = { ...environment(simulator, database.url, await freePort()), ...more };
    const { PUBLIC_URL: url } = readConfig(env);
    let end = await serve(env, url);
    ends.push(() => end());
    const restart = async () => {
      await end();
      end = await serve(env, url);
    };
    await run({ databaseUrl: database.url, restart, ...client(simulator, url) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** The gateway has a process of its own, as it has in earnest. @returns what ends it. */
async function serve(env: Record<string, string>, url: string): Promise<() => Promise<unknown>> {
  const gateway = spawn(process.execPath, ['--import', 'tsx', 'src/cli/slotwire.ts', 'serve'], {
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => gateway.once('exit', resolve));
  const end = () => {
    gateway.kill('SIGTERM');
    return ended;
  };
  for (const last = Date.now() + 60_000; Date.now() < last; ) {
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return end;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await end();
  throw new Error('the gateway was not ready in a minute');
}

const environment = (simulator: Simulator, databaseUrl: string, port: number) => ({
  PORT: String(port),
  DATABASE_URL: databaseUrl,
  ADMIN_TOKEN,
  METRICS_TOKEN: ADMIN_TOKEN,
  ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
  ...gatewayEnvironment(simulator),
  ALLOW_PRIVATE_NETWORK: 'true',
  LOG_LEVEL: 'error',
});

function client(simulator: Simulator, url: string): Omit<BenchGateway, 'databaseUrl' | 'restart'> {
  const ask = async <T>(query: string, variables: object): Promise<T> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };

  const metricLines = async () =>
    (
      await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).text()
    ).split('\n');

  return {
    url: `${url}/graphql`,
    async cpu() {
      const line = (await metricLines()).find((each) => each.startsWith('process_cpu_seconds_total '));
      return Number(line?.split(' ')[1]) * 1e6;
    },
    simulator,
    ask,
    metricLines,
    async selectAll(host) {
      const query = 'query ($id: ID!) { host(id: $id) { calendars { id sync { provenAsOf } } } }';
      const found = async () =>
        (
          await ask<{ host: { calendars: { id: string; sync: { provenAsOf: string | null } }[] } }>(query, {
            id: host,
          })
        ).host.calendars;
      for (const { id } of await found()) {
        await ask('mutation ($id: ID!) { selectCalendar(calendar: $id, selected: true) { id } }', { id });
      }
      for (const end = Date.now() + 120_000; Date.now() < end; ) {
        if ((await found()).every(({ sync }) => sync.provenAsOf)) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('the calendars were not read in two minutes');
    },
    async counted(name, ...labels) {
      const lines = await metricLines();
      return lines
        .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async connect(provider, slug, fill) {
      const email = `${slug}@example.com`;
      simulator.world.addPerson({ email, name: slug, provider, timeZone: 'UTC' });
      const calendar = simulator.world.calendars(email)[0]?.id ?? '';
      fill?.(calendar);
      const { createHost } = await ask<{ createHost: { id: string } }>(
        'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
        { input: { name: slug, slug, timeZone: 'UTC' } },
      );
      const { startConnect } = await ask<{ startConnect: string }>(
        'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
        { host: createHost.id, provider: provider.toUpperCase() },
      );
      await simulator.connect(startConnect, email);
      await connected(ask, createHost.id);
      return { id: createHost.id, calendar };
    },
  };
}

const STATE = 'query ($id: ID!) { host(id: $id) { calendars { watch { state } sync { provenAsOf } } } }';

/** Resolves once it is read and watched. */
async function connected(ask: BenchGateway['ask'], id: string): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    const { host } = await ask<{
      host: { calendars: { watch: { state: string } | null; sync: { provenAsOf: string | null } }[] };
    }>(STATE, { id });
    if (host.calendars.some(({ watch, sync }) => watch?.state === 'ACTIVE' && sync.provenAsOf)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('a calendar was not connected in two minutes');
}

/** Closed again at once; nobody else is likely to be given it right away. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
