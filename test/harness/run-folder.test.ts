import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { until } from './eventually.ts';

it('a test run works in a temporary folder of its own', () => {
  expect(tmpdir()).toMatch(/slotwire-run-\d+-\w+$/);
});

it('a test run that is killed leaves neither processes nor its folder', async () => {
  const script = fileURLToPath(new URL('run-folder.fixture.ts', import.meta.url));
  const run = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(run.stdout, 'data');
  const { path }: { path: string } = JSON.parse(String(line));
  expect(existsSync(path)).toBe(true);
  // Both hold the pipe, so that it closes when both have ended.
  const ended = once(run.stdout, 'close');
  run.kill('SIGKILL');
  await ended;
  await until(() => !existsSync(path));
});
