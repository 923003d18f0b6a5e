import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import { openConnection } from '../../../src/store/connection.ts';
import { packagedBinaries } from '../../../src/store/embedded/binaries.ts';
import { recordOwner } from '../../../src/store/embedded/leftovers.ts';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../src/store/embedded/postgres.ts';
import { isProcessAlive } from '../../../src/store/embedded/processes.ts';
import { until } from '../../harness/eventually.ts';
import { signal } from '../../harness/gate.ts';

const log = createLog('silent');
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;
let after: (() => unknown)[];
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slotwire-embedded-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'data');
  after = [];
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(kill)); // the last to leave stops the server: that must be us
  for (const undo of after.reverse()) await undo();
  await rm(folder, { recursive: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log, throwaway: true, ...options });
  after.push(server.stop);
  return server;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await openConnection(url);
  return (await client.query(sql).finally(() => client.end())).rows;
}

const write = (url: string) => query(url, 'create table kept as select 42 as answer');
const read = (url: string) => query(url, 'select answer from kept');
const KEPT = [{ answer: 42 }];

const pidFile = () => join(dataDir, 'postgres', 'server', 'data', 'postmaster.pid');
const serverPid = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0]);

async function startElsewhere(
  idleLimit?: number,
): Promise<{ url: string; attached: boolean; child: ChildProcess }> {
  const script = fileURLToPath(new URL('owner.fixture.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, dataDir, ...(idleLimit ? [String(idleLimit)] : [])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  const [line] = await once(child.stdout, 'data');
  return { child, ...JSON.parse(String(line)) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.signalCode) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('embedded PostgreSQL', () => {
  it('starts on loopback alone, in UTF-8, written through to disk, with a password that only its owner reads', async () => {
    const { url, attached } = await start({ throwaway: false });
    expect(attached).toBe(false);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const [settings] = await query(
      url,
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
              current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
              (select datlocale from pg_database where datname = current_database()) as locale`,
    );
    expect(settings).toEqual({
      addresses: '127.0.0.1',
      sockets: '',
      fsync: 'on',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
    });
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(openConnection(wrong.href)).rejects.toThrow(/wrong password/);
  });

  it('keeps its data and its password from one start to the next', async () => {
    const first = await start();
    await write(first.url);
    await first.stop();
    await expect(openConnection(first.url)).rejects.toThrow(StartError);
    const second = await start();
    expect(second.attached).toBe(false);
    expect(await read(second.url)).toEqual(KEPT);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
  });

  it('is attached to by a second command, and stopped by the last one to leave', async () => {
    const first = await start();
    const second = await start();
    expect(second).toMatchObject({ attached: true, url: first.url });
    await second.stop();
    await write(first.url);
    const third = await start();
    await first.stop();
    expect(await read(third.url)).toEqual(KEPT);
    await third.stop();
    await expect(openConnection(first.url)).rejects.toThrow(/nothing listens there/);
  });

  it('starts once when several start at the same time', async () => {
    const servers = await Promise.all([start(), start(), start(), startElsewhere()]);
    expect(servers.filter((server) => !server.attached)).toHaveLength(1);
    expect(new Set(servers.map((server) => server.url)).size).toBe(1);
  });

  it('outlives the process that started it: the next one attaches, and stops it', async () => {
    const owner = await startElsewhere();
    await write(owner.url);
    await kill(owner.child);
    const next = await start();
    expect(next).toMatchObject({ attached: true, url: owner.url });
    expect(await read(next.url)).toEqual(KEPT);
    await next.stop();
    await expect(openConnection(next.url)).rejects.toThrow(/nothing listens there/);
  });

  it('is started again where it was by a process that uses it, after the server was killed', async () => {
    const first = await start({ throwaway: false });
    await write(first.url);
    const before = await serverPid();
    process.kill(before, 'SIGKILL');
    expect(await until(() => read(first.url).catch(() => null))).toEqual(KEPT);
    expect(await serverPid()).not.toBe(before);
    await start({ throwaway: false });
    await first.stop();
    expect(await read(first.url)).toEqual(KEPT);
  });

  it('is started again where it was by the next command, when no process uses it any more', async () => {
    const owner = await startElsewhere();
    await kill(owner.child);
    process.kill(await serverPid(), 'SIGKILL');
    const next = await start();
    expect(next).toMatchObject({ attached: false, url: owner.url });
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says that it is lost when it can not be started again', async () => {
    const lost = signal();
    let reason = '';
    await start({
      onLost({ message }) {
        reason = message;
        lost.give();
      },
    });
    const data = join(dataDir, 'postgres', 'server', 'data');
    const pid = await serverPid();
    await rename(data, `${data}.away`);
    process.kill(pid, 'SIGKILL');
    await lost.given;
    expect(reason).toMatch(/^The embedded PostgreSQL ended and can't be started again: /);
  });

  it('ends by itself some time after the last process that used it was killed, and not while a client is there', async () => {
    const owner = await startElsewhere(1_000);
    const pid = await serverPid();
    const client = await openConnection(owner.url);
    await kill(owner.child);
    const looks = new Set<string>();
    await until(async () => {
      const { rows } = await client.query(
        "select query_start::text as at from pg_stat_activity where application_name = 'slotwire watch'",
      );
      for (const { at } of rows) looks.add(at);
      return looks.size > 25; // more looks than an unused server lives for
    });
    await client.end();
    await until(() => !isProcessAlive(pid));
  });

  it('is watched again when the watch process was killed', async () => {
    const { url } = await start();
    const watches = `select pid from pg_stat_activity where application_name = 'slotwire watch'`;
    await until(async () => (await query(url, watches)).length === 1);
    const found = await readdir('/proc').catch(() => []);
    const watchPids = await Promise.all(
      found.map(async (pid) =>
        (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(dataDir) &&
        (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('embedded-watch')
          ? [Number(pid)]
          : [],
      ),
    );
    for (const pid of watchPids.flat()) process.kill(pid, 'SIGKILL');
    if (watchPids.flat().length > 0) await until(async () => (await query(url, watches)).length === 0);
    await start();
    await until(async () => (await query(url, watches)).length === 1);
  });

  it('leaves no folder under the temporary one whose DATA_DIR is gone: the next start removes it', async () => {
    const gone = join(folder, 'gone', 'postgres');
    const leftover = await mkdtemp(join(tmpdir(), 'slotwire-leftover-'));
    const precious = await mkdtemp(join(tmpdir(), 'slotwire-leftover-'));
    after.push(() => rm(precious, { recursive: true }));
    await recordOwner(leftover, { dataFolder: gone, throwaway: true });
    await recordOwner(precious, { dataFolder: gone, throwaway: false });
    await start();
    expect([existsSync(leftover), existsSync(precious)]).toEqual([false, true]);
  });

  it('starts anew after all of it was killed and its process ids went to others', async () => {
    const first = await start();
    await write(first.url);
    const left = await readFile(pidFile(), 'utf8');
    await first.stop();
    await writeFile(pidFile(), left.replace(/^\d+/, String(process.pid)));
    await writeFile(join(dataDir, 'postgres', 'lock'), `999999999 ${hostname()} killed`);
    const second = await start();
    expect(second.attached).toBe(false);
    expect(await read(second.url)).toEqual(KEPT);
    await second.stop();
    await expect(openConnection(second.url)).rejects.toThrow(/nothing listens there/);
  });

  it('begins anew with what an interrupted first start left', async () => {
    await mkdir(join(dataDir, 'postgres', 'server', 'new-interrupted'), { recursive: true });
    await start();
    expect(await readdir(join(dataDir, 'postgres', 'server'))).not.toContain('new-interrupted');
  });

  it('keeps its files where its user can go: as root, not under a folder that is closed to others', async () => {
    await mkdir(dataDir, { mode: 0o700 });
    const first = await start();
    await write(first.url);
    await first.stop();
    const note = join(dataDir, 'postgres', 'location');
    expect(existsSync(note)).toBe(isRoot);
    const elsewhere = isRoot ? (await readFile(note, 'utf8')).trim() : join(dataDir, 'postgres', 'server');
    after.push(() => rm(elsewhere, { recursive: true, force: true }));
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o700);
    expect(await read((await start()).url)).toEqual(KEPT);
  });

  it('takes no empty database for one that is gone or out of reach', async () => {
    const first = await start();
    await first.stop();
    await rm(join(dataDir, 'postgres', 'password'));
    await expect(start()).rejects.toThrow(/password of the database in .* is gone/);
    await writeFile(join(dataDir, 'postgres', 'location'), '/nowhere/slotwire\n');
    await expect(start({ throwaway: false })).rejects.toThrow(/kept in \/nowhere\/slotwire.* gone/);
  });

  it("makes the links and rights of its programs when npm's install scripts did not run", async () => {
    const binaries = await unhydrated();
    await start({ binaries });
    const links: { target: string }[] = JSON.parse(
      await readFile(join(binaries, 'pg-symlinks.json'), 'utf8'),
    );
    expect(links.filter(({ target }) => !existsSync(join(dirname(binaries), target)))).toEqual([]);
  });

  it('copies its programs when its user cannot run them in their place', async () => {
    const binaries = await unhydrated();
    await chmod(dirname(binaries), 0o700);
    const { url } = await start({ binaries });
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(join(dataDir, 'postgres', 'server', 'native'))).toBe(isRoot);
  });
});

/** The package's files as npm unpacks them: no links, and here no rights either. */
async function unhydrated(): Promise<string> {
  const home = join(folder, 'package');
  await cp(packagedBinaries(), join(home, 'native'), { recursive: true, verbatimSymlinks: true });
  await cp(join(packagedBinaries(), '..', 'package.json'), join(home, 'package.json'));
  const list = join(home, 'native', 'pg-symlinks.json');
  const links: { target: string }[] = JSON.parse(await readFile(list, 'utf8'));
  for (const { target } of links) await rm(join(home, target), { force: true });
  for (const name of await readdir(join(home, 'native', 'bin'))) {
    await chmod(join(home, 'native', 'bin', name), 0o644);
  }
  return join(home, 'native');
}
