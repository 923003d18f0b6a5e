/** Gateways and workers as processes of the built product: killed, frozen, stopped, and watched for an end of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MINUTE, SECOND } from '../../src/time/clock.ts';
import { skewedClock } from '../harness/skewed-clock.ts';

export const PROGRAM = fileURLToPath(new URL('../../dist/slotwire.js', import.meta.url));
/** How often a process is started again that ended although nobody ended it. */
const RESTART = SECOND;
const START_LIMIT = 3 * MINUTE;
/** A stop ends within 15 s whatever hangs. */
const STOP_LIMIT = 30 * SECOND;
const KEPT_LINES = 60;

export interface FleetProcess {
  name: string;
  /** Of a gateway. */
  url: string | null;
  port: number | null;
  isRunning(): boolean;
  /** Its last lines. */
  output(): string[];
  /** Ends it as a power cut would, and starts it again. Resolves once it runs again. */
  kill(): Promise<void>;
  /**
   * Asks it to stop, and doesn't start it again: `kill` does. Past a limit it is killed, which is a complaint, as is another exit
   * code than 0 when all is well; a stop may end with 1 while something hangs.
   */
  stop(isWell: boolean): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Steps its wall clock, and that of those that are started in its place: milliseconds ahead of the machine's. */
  setClock(offset: number): void;
}

export interface Fleet {
  processes: readonly FleetProcess[];
  gateways: readonly FleetProcess[];
  workers: readonly FleetProcess[];
  /** Ends of processes that nobody ended, and lines that tell of a promise nobody awaited. */
  complaints: string[];
  start(): Promise<void>;
  /** At once, without a word. */
  end(): Promise<void>;
}

interface Kind {
  name: string;
  command: readonly string[];
  port: number | null;
  environment: Record<string, string>;
}

export function createFleet(
  ports: readonly number[],
  workers: number,
  environment: Record<string, string>,
): Fleet {
  if (!existsSync(PROGRAM)) throw new Error('There is no dist: run npx tsx src/build.ts first.');
  const complaints: string[] = [];
  const complain = (text: string) => complaints.push(text);
  const gateways = ports.map((port, i) =>
    createProcess({ name: `gateway ${i + 1}`, command: ['serve', '--no-sync'], port, environment }, complain),
  );
  const rest = Array.from({ length: workers }, (_, i) =>
    createProcess({ name: `worker ${i + 1}`, command: ['worker'], port: null, environment }, complain),
  );
  const processes = [...gateways, ...rest];
  return {
    processes,
    gateways,
    workers: rest,
    complaints,
    start: async () => void (await Promise.all(processes.map((each) => each.launch()))),
    end: async () => void (await Promise.all(processes.map((each) => each.close()))),
  };
}

interface Child {
  process: ChildProcess;
  /** Resolves to whether it serves or works; to false when it ended before. */
  started: Promise<boolean>;
  ended: Promise<number | null>;
}

/** Lines by which a process tells that a promise was rejected and nobody took it. */
const UNHANDLED = /unhandled ?rejection|uncaught ?exception|rejected and not awaited/i;

function createProcess(kind: Kind, complain: (text: string) => void) {
  const { name, command, port, environment } = kind;
  const clock = skewedClock();
  let child: Child | null = null;
  let isRunning = false;
  /** It is to be started again when it ends. */
  let wanted = false;
  /** The latest is the one that goes on. */
  let launches = 0;
  const lines: string[] = [];

  function note(text: string) {
    for (const line of text.split('\n').filter(Boolean)) {
      lines.push(line);
      if (UNHANDLED.test(line)) complain(`${name}: ${line.slice(0, 1_000)}`);
    }
    lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
  }

  function spawnChild(): Child {
    const { PATH, HOME } = process.env;
    const spawned = spawn(process.execPath, [PROGRAM, ...command], {
      env: { PATH, HOME, ...environment, ...clock.env, ...(port ? { PORT: String(port) } : {}) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = () => spawned.kill('SIGKILL');
    process.once('exit', kill);
    const ended = new Promise<number | null>((resolve) =>
      spawned.once('exit', (code) => {
        process.off('exit', kill);
        resolve(code);
      }),
    );
    const started = new Promise<boolean>((resolve) => {
      for (const stream of [spawned.stdout, spawned.stderr]) {
        stream.on('data', (bytes: Buffer) => {
          note(bytes.toString());
          if (/ serves | is running/.test(bytes.toString())) resolve(true);
        });
      }
      spawned.once('exit', () => resolve(false));
    });
    return { process: spawned, started, ended };
  }

  /** Until it runs, as a supervisor would: a start may fail while what it needs is away. */
  async function launch() {
    wanted = true;
    const mine = ++launches;
    for (const end = Date.now() + START_LIMIT; wanted && mine === launches && Date.now() < end; ) {
      const starting = spawnChild();
      child = starting;
      if (await starting.started) {
        isRunning = true;
        void watch(starting);
        return;
      }
      await pause(RESTART); // real time: between two starts, as supervisors wait
    }
    if (wanted && mine === launches)
      complain(`${name} did not start within ${START_LIMIT} ms:\n${lines.slice(-12).join('\n')}`);
  }

  async function watch(watched: Child) {
    const code = await watched.ended;
    if (child !== watched) return;
    isRunning = false;
    child = null;
    if (!wanted) return;
    const how = watched.process.signalCode ?? code;
    complain(`${name} ended by itself (${how}):\n${lines.slice(-12).join('\n')}`);
    await launch();
  }

  /** Of what runs or starts. Nothing is started any more. */
  function take(): Child | null {
    const taken = child;
    wanted = false;
    isRunning = false;
    child = null;
    return taken;
  }

  async function end() {
    const ending = take();
    ending?.process.kill('SIGKILL');
    await ending?.ended;
  }

  /** At the end of a run. */
  async function close() {
    await end();
    clock.remove();
  }

  return {
    name,
    port,
    url: port === null ? null : `http://127.0.0.1:${port}`,
    isRunning: () => isRunning,
    output: () => [...lines],
    launch,
    close,
    async kill() {
      await end();
      await launch();
    },
    async stop(isWell: boolean) {
      const ending = take();
      ending?.process.kill('SIGTERM');
      // real time: the longest that a stop may take, and a machine that is short of breath
      const timer = setTimeout(() => {
        complain(`${name} did not stop within ${STOP_LIMIT} ms`);
        ending?.process.kill('SIGKILL');
      }, STOP_LIMIT);
      const code = await ending?.ended;
      clearTimeout(timer);
      if (code && isWell)
        complain(`${name} ended with ${code} when it was asked to stop:\n${lines.slice(-12).join('\n')}`);
    },
    freeze: () => void child?.process.kill('SIGSTOP'),
    thaw: () => void child?.process.kill('SIGCONT'),
    setClock: clock.set,
  };
}
