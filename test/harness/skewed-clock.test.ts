import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { until } from './eventually.ts';
import { skewedClock } from './skewed-clock.ts';

/** Tells, for each line that comes in, how far each way of asking for the time is from the machine's clock. */
const PROGRAM = `
  // real time: the machine's clock, from which the shifted one is measured
  const machine = () => performance.timeOrigin + performance.now();
  process.stdin.on('data', () => console.log(JSON.stringify({
    now: Date.now() - machine(),
    made: new Date().getTime() - machine(),
    text: new Date(Date()).getTime() - machine(),
    fixed: new Date(2026, 0, 1) instanceof Date && Object.prototype.toString.call(new Date(0)),
    read: Date.parse('2026-01-01T00:00:00Z'),
  })));`;

let undo: (() => unknown)[] = [];
afterEach(() => {
  for (const step of undo.reverse()) step();
  undo = [];
});

it('shifts the clock of a process, and steps it while the process runs', async () => {
  const wallClock = skewedClock(20 * SECOND);
  undo.push(wallClock.remove);
  const child = spawn(process.execPath, ['-e', PROGRAM], { env: { ...process.env, ...wallClock.env } });
  undo.push(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async () => {
    child.stdin.write('?\n');
    return JSON.parse((await lines.next()).value) as Record<string, number | string>;
  };
  const near = (offset: number) => (answer: Record<string, number | string>) =>
    // Two seconds: `Date()` tells whole ones.
    [answer.now, answer.made, answer.text].every((ms) => Math.abs(Number(ms) - offset) < 2 * SECOND);

  const first = await ask();
  expect(first).toSatisfy(near(20 * SECOND));
  expect(first).toMatchObject({ fixed: '[object Date]', read: Date.UTC(2026, 0, 1) });
  wallClock.set(-HOUR);
  await until(async () => near(-HOUR)(await ask()), MINUTE);
});
