/** The admin token that the first start makes: in a file of its own, and in nothing that is printed but the demo's welcome. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { asker } from './client.fixture.ts';

/** Far more than a first start with a database of its own takes on a busy machine, milliseconds. */
const START_LIMIT = 120_000;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slotwire-first-start-'));
  // The embedded PostgreSQL has a user of its own, who must be able to enter it.
  await chmod(dataDir, 0o755);
});
afterEach(() => rm(dataDir, { recursive: true }));

/** Runs a command until it has printed `ready`, lets `check` look, and stops it. @returns all that it printed */
async function run(
  args: string[],
  env: Record<string, string>,
  ready: string,
  check: () => Promise<void>,
): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/slotwire.ts', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close');
  try {
    await until(() => output.includes(ready), START_LIMIT);
    await check();
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
  return output;
}

async function tokenIn(file: string): Promise<string> {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  return (await readFile(file, 'utf8')).trim();
}

describe('the admin token that a start makes', () => {
  it('is in a file that its owner alone can read: each start prints where, and none prints the token', async () => {
    const port = await freePort();
    const env = { PORT: String(port), LOG_LEVEL: 'trace' };
    const file = join(dataDir, 'admin-token');
    const tokens: string[] = [];
    const serve = () =>
      run(['serve'], env, 'Slotwire serves', async () => {
        const token = await tokenIn(file);
        tokens.push(token);
        const { viewer } = await asker(
          `http://127.0.0.1:${port}`,
          token,
        )<{ viewer: { kind: string } }>('{ viewer { kind } }');
        expect(viewer.kind).toBe('ADMIN');
      });
    const outputs = [await serve(), await serve()];
    expect(new Set(tokens).size).toBe(1);
    for (const output of outputs) {
      expect(output).toContain(`Admin token: in ${file}\n`);
      expect(output).not.toContain(tokens[0]);
    }
  }, 300_000);

  it('is printed by the demo, whose token opens nothing of anybody', async () => {
    const [port, simulatorPort] = [await freePort(), await freePort()];
    let token = '';
    const output = await run(
      ['demo', '--simulator-port', String(simulatorPort)],
      { PORT: String(port) },
      'Slotwire is running.',
      async () => {
        token = await tokenIn(join(dataDir, 'demo', 'admin-token'));
      },
    );
    expect(output).toMatch(new RegExp(`Admin token +${token}\n`));
  }, 300_000);
});
