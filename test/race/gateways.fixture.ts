/** Gateways as processes of their own, on one database and Redis, to be killed as a power cut would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface GatewayProcess {
  url: string;
  /** Resolves once it serves. */
  ready(): Promise<void>;
  /** Resolves once it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop. Resolves with its exit code once it is gone. */
  stop(): Promise<number | null>;
  /** After a kill or stop. Resolves once it serves again. */
  start(): Promise<void>;
  isRunning(): boolean;
}

/** The program as one file: it starts quicker than from its sources. @returns its path. */
export async function buildGateway(): Promise<string> {
  const outfile = fileURLToPath(
    // Test files build it at the same time.
    new URL(`../../node_modules/.cache/slotwire-race/slotwire-${process.pid}.js`, import.meta.url),
  );
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/cli/slotwire.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}

/**
 * @param environment of a gateway that they stand beside; providers' notifications go on to that one
 * @param nodeOptions of the process, as `--max-old-space-size=512`
 */
export function startGatewayProcess(
  program: string,
  environment: Record<string, string>,
  port: number,
  nodeOptions: readonly string[] = [],
): GatewayProcess {
  const url = `http://127.0.0.1:${port}`;
  let running = launch();

  function launch() {
    const child: ChildProcess = spawn(process.execPath, [...nodeOptions, program, 'serve'], {
      env: { ...process.env, ...environment, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (text) => String(text).includes('serves') && resolve());
      child.once('exit', () => reject(new Error('the gateway ended')));
    });
    ready.catch(() => {});
    return { child, ready, ended };
  }

  return {
    url,
    ready: () => running.ready,
    async kill() {
      running.child.kill('SIGKILL');
      await running.ended;
    },
    stop() {
      running.child.kill('SIGTERM');
      return running.ended;
    },
    start() {
      running = launch();
      return running.ready;
    },
    isRunning: () => running.child.exitCode === null && running.child.signalCode === null,
  };
}
