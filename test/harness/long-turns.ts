/** The longest turn of a child process's event loop, in time on the processor. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SECOND } from '../../src/time/clock.ts';

export interface LongTurns {
  /** Of node, for the process that is measured. */
  nodeOptions: readonly string[];
  /** Milliseconds that the longest turn had a processor; 0 before there was one, and where the system is not Linux. */
  longest(): number;
  remove(): void;
}

/** @param start milliseconds in which a process starts, whose turns don't count */
export function longTurns(start = 10 * SECOND): LongTurns {
  const folder = mkdtempSync(join(tmpdir(), 'slotwire-test-turns-'));
  const file = join(folder, 'longest');
  writeFileSync(file, '0');
  const module = pathToFileURL(join(import.meta.dirname, 'long-turns.mjs'));
  module.searchParams.set('longest', file);
  module.searchParams.set('start', String(start));
  return {
    nodeOptions: ['--import', module.href],
    longest: () => Number(readFileSync(file, 'utf8')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
