/** A real Redis (or Valkey) of a test's own: no persistence, gone with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'redis';
import { freePort } from './ports.ts';
import { pathOf, REDIS } from './programs.ts';

export interface RedisServer {
  url: string;
  /** Forgets every key and every loaded script. */
  flush(): Promise<void>;
  /** Idempotent; `restart` brings it back. */
  stop(): Promise<void>;
  /** Ends it, if it runs, and starts it empty on the same port. */
  restart(): Promise<void>;
}

/** Stop it in afterAll, also after a `stop` in the middle of a test. @throws an error that names what to install. */
export async function startRedis(): Promise<RedisServer> {
  const binary = pathOf(REDIS);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let running = await launch(binary, port);
  return {
    url,
    async flush() {
      await command(url, ['FLUSHALL', 'SYNC']);
      await command(url, ['SCRIPT', 'FLUSH']);
    },
    stop: () => running.stop(),
    async restart() {
      await running.stop();
      running = await launch(binary, port);
    },
  };
}

async function launch(binary: string, port: number): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-redis-'));
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'enable-debug-command': 'yes',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
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
  await ready(child, port, () => output);
  return {
    async stop() {
      process.off('exit', kill);
      kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, port: number, output: () => string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const pong = await command(`redis://127.0.0.1:${port}`, ['PING']).catch(() => null);
    if (pong === 'PONG') return;
    await pause(20);
  }
  throw new Error(`Redis did not start:\n${output()}`);
}

async function command(url: string, words: string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  return client.sendCommand(words).finally(() => client.destroy());
}
