import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnection } from '../../src/store/connection.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { ADMIN_TOKEN } from './stack.fixture.ts';

/** A start by tsx compiles all of the program first, which takes a busy machine long. Milliseconds. */
const START_LIMIT = 100_000;

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

interface Ended {
  code: number | null;
  output: string;
}

/** Runs a command to its end. */
function slotwire(args: string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/slotwire.ts', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'silent', ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const right = () => ({
  DATABASE_URL: database.url,
  ADMIN_TOKEN,
  ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
});

function expectMessage({ code, output }: Ended, ...parts: string[]) {
  expect(code).toBe(1);
  for (const part of parts) expect(output).toContain(part);
  expect(output).not.toMatch(/^\s+at /m);
}

describe('a start that can not succeed ends with one clear message and exit 1', () => {
  it('reports all invalid variables at once', async () => {
    const ended = await slotwire(['serve'], {
      ...right(),
      ENCRYPTION_KEYS: 'c2hvcnQ=',
      PORT: 'many',
      POLL_INTERVAL: 'P1M',
    });
    expectMessage(
      ended,
      'ENCRYPTION_KEYS: each key must be 32 bytes',
      'PORT: must be a whole number',
      'POLL_INTERVAL:',
    );
  });

  it('reports an unreachable database', async () => {
    const port = await freePort();
    const ended = await slotwire(['serve'], {
      ...right(),
      DATABASE_URL: `postgresql://slot:hidden@127.0.0.1:${port}/none`,
      DATABASE_WAIT: 'PT0S',
    });
    expectMessage(ended, `127.0.0.1:${port}`);
    expect(ended.output).not.toContain('hidden');
  });

  it('reports a read-only database, whatever the command', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const client = await openConnection(database.url);
    await client.query(`alter database ${name} set default_transaction_read_only = on`);
    const env = { ...right(), DATABASE_WAIT: 'PT0S', REDIS_URL: 'redis://127.0.0.1:1' };
    try {
      for (const args of [
        ['serve'],
        ['worker'],
        ['migrate'],
        ['key', 'create', 'x'],
        ['replay', 'delivery_x'],
      ]) {
        expectMessage(await slotwire(args, env), 'is read-only: find out why');
      }
    } finally {
      await client.query(`set transaction read write`);
      await client.query(`alter database ${name} reset default_transaction_read_only`);
      await client.end();
    }
  });

  it('reports a database that is newer than the code', async () => {
    const client = await openConnection(database.url);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at) values ('x', 'y', '9_newer', now())`,
    );
    expectMessage(await slotwire(['migrate'], right()), 'newer than this version', '9_newer');
    await client.query(`delete from _prisma_migrations where id = 'x'`);
    await client.end();
  });

  it('reports a taken port', async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const ended = await slotwire(['serve'], { ...right(), PORT: String(port) });
    server.close();
    expectMessage(ended, `Port ${port}`, 'is taken');
  });

  it('refuses a worker, or serve --no-sync, without Redis', async () => {
    expectMessage(await slotwire(['worker'], right()), 'REDIS_URL');
    expectMessage(await slotwire(['serve', '--no-sync'], right()), 'REDIS_URL');
  });

  it('lists its commands with --help, and names an unknown command', async () => {
    const help = await slotwire(['--help'], {});
    expect(help.code).toBe(0);
    for (const command of ['serve', 'worker', 'demo', 'migrate', 'simulate', 'key'])
      expect(help.output).toContain(command);
    expect((await slotwire(['sevre'], {})).output).toContain('unknown command');
  });
});

describe('a start that meets a busy database', () => {
  it('says that it waits when a transaction of its own takes too long, begins again, and serves in the end', async () => {
    const busy = await freshDatabase();
    const blocker = await openConnection(busy.url);
    await blocker.query(`select pg_advisory_lock(hashtext('slotwire default organisation'))`);
    const port = await freePort();
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/slotwire.ts', 'serve'], {
      env: { PATH: process.env.PATH, ...right(), DATABASE_URL: busy.url, PORT: String(port) },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const ended = once(child, 'close');
    await until(() => /55P03.*waiting for the database/.test(output), START_LIMIT);
    await blocker.end();
    await until(() => output.includes('Slotwire serves'), START_LIMIT);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await busy.drop();
  }, 300_000);
});
