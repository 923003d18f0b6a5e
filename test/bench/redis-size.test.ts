import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('the size of calendars in Redis is measured, and their values are read back as they were written', async () => {
  const bench = spawn(process.execPath, ['--import', 'tsx', 'bench/run.ts', 'redis-size', '2000', '40'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 100_000,
    killSignal: 'SIGTERM',
  });
  const ended = new Promise<number | null>((resolve) => bench.once('exit', resolve));
  const [printed, errors] = await Promise.all([text(bench.stdout), text(bench.stderr)]);
  expect(await ended, errors).toBe(0);
  // The first keys make the tables of the server, so that few calendars take more each than many.
  expect(JSON.parse(printed)).toMatchObject({
    name: 'redis size',
    calendars: 2_000,
    periods: 40,
    bytesPerValue: expect.any(Number),
    ratio: expect.any(Number),
    met: true,
  });
}, 120_000);
