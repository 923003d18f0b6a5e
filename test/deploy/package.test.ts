/** The npm package: packed, and installed in an empty folder of a machine that has Node alone. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../src/time/clock.ts';
import { formatInstant } from '../../src/time/instant-text.ts';
import { createBooker } from '../e2e/booker.fixture.ts';
import { asker } from '../e2e/client.fixture.ts';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import {
  npmEnvironment,
  PLAIN_PATH,
  runProcess,
  type StartedProcess,
  startProcess,
} from './process.fixture.ts';

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

let folder: string;
const started: StartedProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slotwire-package-'));
  await chmod(folder, 0o711); // as root: PostgreSQL's user must get in
  const env = npmEnvironment();
  // dist is built: `prepare` would build it once more.
  await runProcess(['npm', 'pack', '--ignore-scripts', '--pack-destination', folder, ...QUIET], { env });
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const archive = join(folder, `slotwire-${version}.tgz`);
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'empty/package.json'), '{}');
  const install = ['npm', 'install', '--prefer-offline', archive, ...QUIET];
  await runProcess(install, { cwd: join(folder, 'empty'), env });
});
afterAll(async () => {
  for (const each of started) each.kill();
  await Promise.all(started.map(({ ended }) => ended));
  await rm(folder, { recursive: true, force: true });
});

/** Starts a command of the installed package as npx finds it; npx itself passes no signal on. */
function slotwire(args: string[], env: Record<string, string> = {}): StartedProcess {
  const process = startProcess([join(folder, 'empty/node_modules/.bin/slotwire'), ...args], {
    cwd: join(folder, 'empty'),
    env: { ...npmEnvironment(), PATH: PLAIN_PATH, LOG_LEVEL: 'warn', ...env },
  });
  started.push(process);
  return process;
}

describe('the npm package in an empty folder', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    const said = await runProcess(['npx', '--no-install', 'slotwire', '--version'], {
      cwd: join(folder, 'empty'),
      env: npmEnvironment(),
    });
    expect(said.trim()).toBe(version);
  });

  it('gives programs the live client', async () => {
    const script = "import('slotwire/live').then((live) => console.log(Object.keys(live).join()))";
    const names = await runProcess([process.execPath, '-e', script], {
      cwd: join(folder, 'empty'),
      env: { PATH: PLAIN_PATH },
    });
    expect(names).toContain('watchAvailability');
    const types = await readFile(join(folder, 'empty/node_modules/slotwire/dist/live/index.d.ts'), 'utf8');
    expect(types).toContain('watchAvailability');
  });

  it('serves with an embedded PostgreSQL, ready for bookings', async () => {
    const port = await freePort();
    const gateway = slotwire(['serve'], { PORT: String(port), DATA_DIR: join(folder, 'data') });
    await gateway.says('Slotwire serves');
    await eventually(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    });
    expect(await gateway.stop()).toBe(0);
  });

  it('comes from nothing to a booked slot by its demo', async () => {
    const port = await freePort();
    const simulator = await freePort();
    const demo = slotwire(['demo', '--simulator-port', String(simulator)], {
      PORT: String(port),
      DATA_DIR: join(folder, 'demo'),
    });
    await demo.says('Slotwire is running');
    const url = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${url}/book/ada/intro`)).text()).toContain('Introductory call');
    const ask = asker(url);
    const { eventType } = await ask<{ eventType: { id: string } }>(
      'query ($owner: String!, $slug: String!) { eventType(owner: $owner, slug: $slug) { id } }',
      { owner: 'ada', slug: 'intro' },
    );
    const from = Date.now();
    const { availability } = await ask<{ availability: { slots: { start: string }[] } }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } } }',
      { input: { eventType: eventType.id, from: formatInstant(from), to: formatInstant(from + 14 * DAY) } },
    );
    const start = availability.slots.at(-1)?.start ?? '';
    const booked = await createBooker(ask).book(eventType.id, start);
    expect(booked).toMatchObject({ status: 'CONFIRMED', start });
    expect(await demo.stop()).toBe(0);
  });
});
