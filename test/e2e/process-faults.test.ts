import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./process-faults.fixture.ts', import.meta.url));

/** @param signalAt the process is asked to stop once it has written that */
async function run(fault: string, signalAt?: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, fault], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
      if (signalAt && output.includes(signalAt)) child.kill('SIGTERM');
    });
  }
  // A second signal would end the process at once.
  child.stdout.once('data', () => {
    signalAt = undefined;
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

it('a promise that is rejected and not awaited is logged and counted, and the process goes on', async () => {
  const { code, output } = await run('reject');
  expect(output).toContain('promise rejected and not awaited');
  expect(output).toContain('nobody awaits this');
  expect(output).toContain('goes on, counted 1');
  expect(code).toBe(0);
});

it('an exception that no code catches is logged, and ends the process with code 1', async () => {
  const { code, output } = await run('throw');
  expect(output).toContain('uncaught exception');
  expect(output).toContain('no code catches this');
  expect(code).toBe(1);
});

it('a stop whose parts never close ends the process with code 1 within fifteen seconds', async () => {
  const { code, output } = await run('hang', 'ready');
  expect(output).toContain('The stop was not in order: no result within 14000 ms');
  expect(code).toBe(1);
});
