/** A real Redis (or Valkey) of a test's own: it saves nothing unless asked to, and is gone with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RedisClient } from 'redis';
import { freePort } from './ports.ts';
import { pathOf, REDIS } from './programs.ts';

export interface RedisServer {
  url: string;
  port: number;
  /** Sends one command on a connection of its own. */
  command(...words: string[]): Promise<unknown>;
  /** Forgets every key and every loaded script. */
  flush(): Promise<void>;
  /** Idempotent; `restart` brings it back. */
  stop(): Promise<void>;
  /** Ends it, if it runs, and starts it empty on the same port. */
  restart(): Promise<void>;
  /** kill -9; `revive` brings it back with what it had saved. */
  crash(): Promise<void>;
  revive(): Promise<void>;
  /** It stands still and keeps its connections, until `thaw`. */
  freeze(): void;
  thaw(): void;
}

/** Lines of redis.conf beside those that every server has. */
export type RedisSettings = readonly string[];

/** A replica that asks for its master's data gets it without waiting for others that might. */
const AT_ONCE = ['repl-diskless-sync-delay 0'];

interface Running {
  child: ChildProcess;
  /** Idempotent. */
  kill(): Promise<void>;
}

/** Stop it in afterAll, also after a `stop` in the middle of a test. @throws an error that names what to install. */
export async function startRedis(settings: RedisSettings = []): Promise<RedisServer> {
  const binary = pathOf(REDIS);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-redis-'));
  const start = async () => {
    await mkdir(folder, { recursive: true });
    const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'save ""', ...AT_ONCE, ...settings];
    await writeFile(join(folder, 'redis.conf'), `${lines.join('\n')}\n`);
    return launch(
      binary,
      folder,
      settings.some((line) => line.startsWith('sentinel ')),
      url,
    );
  };
  let running = await start();
  const stop = async () => {
    await running.kill();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    url,
    port,
    command: (...words) => command(url, words),
    async flush() {
      await command(url, ['FLUSHALL', 'SYNC']);
      await command(url, ['SCRIPT', 'FLUSH']);
    },
    stop,
    async restart() {
      await stop();
      running = await start();
    },
    crash: () => running.kill(),
    async revive() {
      await running.kill();
      running = await start();
    },
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
  };
}

async function launch(binary: string, folder: string, sentinel: boolean, url: string): Promise<Running> {
  const args = [join(folder, 'redis.conf'), ...(sentinel ? ['--sentinel'] : [])];
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    });
  }
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close');
  await ready(child, url, () => output);
  return {
    child,
    async kill() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

async function ready(child: ChildProcess, url: string, output: () => string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const pong = await command(url, ['PING']).catch((error: Error) => error.message);
    // One that wants a password answers too.
    if (/^(PONG|NOAUTH)/.test(String(pong))) return;
    await pause(20); // real time: between two looks
  }
  throw new Error(`Redis did not start:\n${output()}`);
}

/** Made once, as that takes long. */
const newClient = RedisClient.factory();

async function command(url: string, words: string[]): Promise<unknown> {
  const client = newClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  return client.sendCommand(words).finally(() => client.destroy());
}
