import { spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { longTurns } from './long-turns.ts';

/** A turn of 300 ms without the processor, then one that keeps it for 150 ms. */
const PROGRAM = `
  const turn = (work) => new Promise((resolve) => setTimeout(() => resolve(work()), 20));
  const spin = () => {
    const before = process.cpuUsage().user;
    while (process.cpuUsage().user - before < 150_000);
  };
  await turn(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300));
  await turn(spin);
  await turn(() => {});`;

let turns: ReturnType<typeof longTurns>;
afterEach(() => turns.remove());

it('a long turn is one that keeps the processor', async () => {
  turns = longTurns(0);
  const child = spawn(process.execPath, [...turns.nodeOptions, '--input-type=module', '-e', PROGRAM]);
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(turns.longest()).toBeGreaterThan(90);
  expect(turns.longest()).toBeLessThan(290);
});
