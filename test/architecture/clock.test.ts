/**
 * Processes go by the clock that they share, which is passed in. The machine's own is read where there is no other: by the
 * pages, the simulators, and what measures one clock by the other.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SRC = new URL('../../src/', import.meta.url).pathname;
const ELSEWHERE = /^(web|simulator|store\/generated)\//;

/** Reads of the machine's clock, with the files that may. */
const READS: { read: RegExp; may: string[] }[] = [
  { read: /\bDate\.now\b/, may: ['cli/demo.ts', 'time/clock.ts'] },
  { read: /\bnew Date\(\)/, may: ['store/embedded/processes.ts'] },
  {
    read: /\bsystemClock\b/,
    may: [
      'cli/demo.ts',
      // Measures the machine's clock by the database's.
      'cli/doctor/doctor.ts',
      'cli/simulate.ts',
      'core.ts',
      // The fallback for answers that have no header Date.
      'providers/caldav/client.ts',
      'providers/feed/client.ts',
      'providers/feed/index.ts',
      'providers/google/client.ts',
      'providers/microsoft/failure.ts',
      'time/clock.ts',
      'time/database-clock.ts',
    ],
  },
];

it("reads the machine's clock nowhere but where there is no other", async () => {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => /\.tsx?$/.test(file));
  expect(files.length).toBeGreaterThan(200);
  const found: string[] = [];
  for (const file of files.filter((file) => !ELSEWHERE.test(file))) {
    const text = await readFile(join(SRC, file), 'utf8');
    for (const { read, may } of READS)
      if (read.test(text) && !may.includes(file)) found.push(`${file}: ${read}`);
  }
  expect(found).toEqual([]);
});
