import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it } from 'vitest';

interface Line {
  name: string;
  case?: string;
}

let code: number | null = null;
let lines: Line[] = [];
let complaints = '';
beforeAll(async () => {
  const bench = spawn(process.execPath, ['--import', 'tsx', 'bench/run.ts', 'second'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
    killSignal: 'SIGTERM',
  });
  const ended = new Promise<number | null>((resolve) => bench.once('exit', resolve));
  const [printed, errors] = await Promise.all([text(bench.stdout), text(bench.stderr)]);
  code = await ended;
  complaints = errors;
  lines = printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}, 300_000);

it('the benchmarks of one gateway get right answers and lose nothing', () => {
  expect(code, complaints).toBe(0);
  const cases = lines.map((line) => [line.name, line.case].filter(Boolean).join(': '));
  expect(cases).toEqual([
    'http: warm',
    'http: distinct',
    'booking: hold',
    'booking: confirm',
    'booking: hold and confirm',
    'notification to busy',
    'notification to frame',
    'flood',
    'notifications in',
  ]);
});

it('each line of theirs has a ratio to what the same run is compared with, a goal, and whether it is met', () => {
  expect(lines).not.toEqual([]);
  for (const line of lines) {
    expect(line).toMatchObject({ ratio: expect.any(Number), met: expect.any(Boolean) });
    expect(line).toHaveProperty('goal');
  }
});
