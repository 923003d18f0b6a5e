import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { longTurns } from './long-turns.ts';

let turns: ReturnType<typeof longTurns>;
beforeEach(() => {
  turns = longTurns(0);
});
afterEach(() => turns.remove());

/** Runs a process that does this in one turn. @returns the longest turn, its start included, in milliseconds */
async function longestOf(work: string): Promise<number> {
  // real time: the watch of the process looks every 5 ms, before and after
  const program = `setTimeout(() => { ${work}; setTimeout(() => {}, 20); }, 20);`;
  const child = spawn(process.execPath, [...turns.nodeOptions, '-e', program]);
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  return turns.longest();
}

it('a turn that keeps the processor is long', async () => {
  const spin = 'const { user } = process.cpuUsage(); while (process.cpuUsage().user - user < 150_000)';
  expect(await longestOf(spin)).toBeGreaterThan(90);
});

it('a turn that only takes long is not', async () => {
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000)';
  expect(await longestOf(wait)).toBeLessThan(3_000);
});
