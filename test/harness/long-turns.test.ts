import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** Milliseconds of the processor that each turn of a crowd takes, and how many such turns lie before an answer. */
const [TURN, TURNS] = [10, 30];

/** A server that answers after many short turns, as a newcomer waits behind a crowd, and prints its port. */
const CROWDED = `
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1_000; };
  const burn = () => { const until = used() + ${TURN}; while (used() < until); };
  require('node:http').createServer((_request, response) => {
    let done = 0;
    const turn = () => { burn(); if (++done < ${TURNS}) setImmediate(turn); else response.end('ok'); };
    turn();
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

it.runIf(process.platform === 'linux')(
  'what a process does before it tells of its health counts in full, however short its turns',
  async () => {
    const child = spawn(process.execPath, [...turns.nodeOptions, '-e', CROWDED]);
    try {
      const [port] = await once(child.stdout, 'data');
      expect(turns.longestHealth()).toBe(0);
      const path = turns.healthPath();
      expect(path).toMatch(/^\/healthz\?processor=\d/);
      expect((await fetch(`http://127.0.0.1:${Number(port)}${path}`)).status).toBe(200);
      await expect.poll(() => turns.longestHealth(), { timeout: 30_000 }).toBeGreaterThan(TURN * TURNS * 0.9);
      expect(turns.longest()).toBeLessThan((TURN * TURNS) / 2);
    } finally {
      child.kill();
    }
  },
);
