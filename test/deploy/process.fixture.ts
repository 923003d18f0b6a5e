/** Programs that a test starts as an operator would, with the environment that it names and no more. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { until } from '../harness/eventually.ts';

export interface StartedProcess {
  /** What it has written to both streams so far. */
  output(): string;
  /** Until both streams say this; fails at once, with all that was said, when the process ends before. */
  says(text: string): Promise<void>;
  /** Until it has ended by itself. @returns its exit code */
  ended: Promise<number | null>;
  /** Asks it to stop. @returns its exit code */
  stop(): Promise<number | null>;
  kill(): void;
}

/** Node and the system's programs, as a machine has them on which nothing of ours is. */
export const PLAIN_PATH = `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;

/** npm's cache and registry, from the run's own environment, without what npm says of the run's own package. */
export const npmEnvironment = (): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(npm_(package|lifecycle)_|NODE_ENV$|VITEST)/.test(name) ? [] : [[name, value]],
    ),
  ),
  npm_config_update_notifier: 'false',
});

export function startProcess(
  [command = '', ...args]: string[],
  { cwd, env }: { cwd?: string; env: Record<string, string> },
): StartedProcess {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  let isOver = false;
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      isOver = true;
      resolve(code);
    }),
  );
  const over = () => new Error(`${command} ${args.join(' ')} has ended: ${output}`);
  return {
    output: () => output,
    async says(text) {
      await until(() => isOver || output.includes(text), 120_000);
      if (!output.includes(text)) throw over();
    },
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Runs a program to its end. @returns what it wrote @throws when its exit code is not 0 */
export async function runProcess(
  command: string[],
  options: { cwd?: string; env: Record<string, string> },
): Promise<string> {
  const started = startProcess(command, options);
  const code = await started.ended;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${started.output()}`);
  return started.output();
}
