/** Processes of a benchmark, and what they are asked over IPC: nothing that is measured shares a process with its measurer. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** One question and its answer; both are plain JSON. As a method, so that each may say what it takes. */
type RequestHandler = { of(question: unknown): unknown }['of'];
type RequestHandlers<T> = Record<keyof T, RequestHandler>;

export interface Child<T extends RequestHandlers<T>> {
  /** @throws an error with the child's own message, or when the child has ended. */
  ask<K extends keyof T & string>(name: K, ...question: Parameters<T[K]>): Promise<Awaited<ReturnType<T[K]>>>;
  end(): Promise<unknown>;
}

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

export interface Usage {
  /** User and system, in µs since the process began. */
  cpu: number;
  /** Resident, in bytes. */
  rss: number;
  /** Of that, what JavaScript holds: objects and buffers. */
  heap: number;
}

/** Rounds of collecting after which less than this many bytes are given back end it. */
const GIVEN_BACK = 256 * 1024;
const ROUNDS = 20;

/** A child's own; `collected`: once garbage, and what the compiler no longer needs, has been given back. */
export async function usage({ collected }: { collected: boolean }): Promise<Usage> {
  let rss = process.memoryUsage.rss();
  for (let i = 0, still = 0; collected && i < ROUNDS && still < 3; i++) {
    globalThis.gc?.();
    await pause(50);
    const before = rss;
    rss = process.memoryUsage.rss();
    still = before - rss < GIVEN_BACK ? still + 1 : 0;
  }
  const { user, system } = process.cpuUsage();
  const { heapUsed, external } = process.memoryUsage();
  return { cpu: user + system, rss, heap: heapUsed + external };
}

interface Question {
  id: number;
  name: string;
  question: unknown;
}

type Reply = { id: number; answer: unknown } | { id: number; fault: string } | { ready: true };

/** What a child calls once it is ready; it ends with its parent. */
export function serveParent(answers: Record<string, RequestHandler>): void {
  const send = (reply: Reply) => process.send?.(reply);
  process.on('message', async (message: Question) => {
    const { id, name, question } = message;
    try {
      send({ id, answer: await answers[name]?.(question) });
    } catch (error) {
      send({ id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once('disconnect', () => process.exit());
  send({ ready: true });
}

/** Resolves once the child answers. What it prints goes to stderr: stdout is for figures. */
export async function startChild<T extends RequestHandlers<T>>(
  file: string,
  env: Record<string, string> = {},
): Promise<Child<T>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const pending = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let count = 0;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of pending.values()) reject(new Error(`${file} ended: ${signal ?? code}`));
      resolve();
    });
  });
  await ready(child, file);
  child.on('message', (reply: Reply) => {
    if (!('id' in reply)) return;
    const waiting = pending.get(reply.id);
    pending.delete(reply.id);
    if ('fault' in reply) waiting?.reject(new Error(`${file}: ${reply.fault}`));
    else waiting?.resolve(reply.answer);
  });
  return {
    ask: (name, ...[question]) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error(`${file} has ended`));
        const id = count++;
        // What comes back is what the child's own function of that name returned.
        pending.set(id, {
          resolve: (answer) => resolve(answer as Awaited<ReturnType<T[typeof name]>>),
          reject,
        });
        child.send({ id, name, question });
      }),
    end() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

function ready(child: ChildProcess, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error(`${file} ended before it was ready`)));
  });
}
