/**
 * A process whose wall clock is wrong, and can be stepped while it runs. For processes that a test starts:
 *
 *     const wallClock = skewedClock(20 * SECOND);
 *     spawn(process.execPath, ['dist/slotwire.js', 'worker'], { env: { ...env, ...wallClock.env } });
 *     wallClock.set(-HOUR); // steps the running process, which sees it within 5 ms
 *     wallClock.remove();
 *
 * `wallClock.args` does the same in front of the program's name, where the environment is not to be touched. Only `Date` is
 * shifted; timers and monotonic time are not, as on a machine whose clock is stepped.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface SkewedClock {
  /** For Node's command line, before the program. */
  args: readonly string[];
  /** For the environment of the process. */
  env: { NODE_OPTIONS: string };
  /** Sets how far the clock is ahead of the machine's, in milliseconds; negative: behind. */
  set(offset: number): void;
  /** Removes the file behind it. A process that still runs keeps its offset. */
  remove(): void;
}

/** @param offset milliseconds that the clock is ahead at first */
export function skewedClock(offset = 0): SkewedClock {
  const folder = mkdtempSync(join(tmpdir(), 'slotwire-clock-'));
  const file = join(folder, 'offset');
  const preload = pathToFileURL(join(import.meta.dirname, 'skewed-clock.mjs'));
  preload.searchParams.set('offset', file);
  const set = (ms: number) => {
    // Renamed into place: a process that reads it meanwhile sees the old offset or the new one.
    writeFileSync(`${file}.new`, String(Math.round(ms)));
    renameSync(`${file}.new`, file);
  };
  set(offset);
  return {
    args: ['--import', preload.href],
    env: { NODE_OPTIONS: `--import ${preload.href}` },
    set,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
