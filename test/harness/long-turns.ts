/** What callers of a child process wait for, in its time on the processor: the longest turn of its event loop, and answers of /healthz. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { SECOND } from '../../src/time/clock.ts';

export interface LongTurns {
  /** Of node, for the process that is measured. */
  nodeOptions: readonly string[];
  /** Milliseconds that the longest turn had a processor; 0 before there was one, and where the system is not Linux. */
  longest(): number;
  /**
   * The path by which the process is to be asked for its health now, so that it counts what it does until it answers. Everything
   * that a newcomer waits for is in it: turns before its connection is accepted, and those before its request is read.
   */
  healthPath(): string;
  /** Milliseconds that the process had a processor between a question by `healthPath` and its answer, the most so far; 0 as for `longest`. */
  longestHealth(): number;
  remove(): void;
}

const Noted = z.object({ pid: z.number().nullable(), turn: z.number(), health: z.number() });

/** @param start milliseconds in which a process starts, whose turns don't count */
export function longTurns(start = 10 * SECOND): LongTurns {
  const folder = mkdtempSync(join(tmpdir(), 'slotwire-test-turns-'));
  const file = join(folder, 'noted.json');
  writeFileSync(file, JSON.stringify({ pid: null, turn: 0, health: 0 }));
  const module = pathToFileURL(join(import.meta.dirname, 'long-turns.mjs'));
  module.searchParams.set('file', file);
  module.searchParams.set('start', String(start));
  let last = Noted.parse({ pid: null, turn: 0, health: 0 });
  /** As it is being written it may be empty: the numbers before hold then. */
  function noted() {
    const text = readFileSync(file, 'utf8');
    if (text.endsWith('}')) last = Noted.parse(JSON.parse(text));
    return last;
  }
  return {
    nodeOptions: ['--import', module.href],
    longest: () => noted().turn,
    longestHealth: () => noted().health,
    healthPath() {
      const { pid } = noted();
      const processor = pid === null ? null : processorTime(pid);
      return processor === null ? '/healthz' : `/healthz?processor=${processor}`;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Milliseconds that the main thread of the process has had a processor; null where it is gone. */
function processorTime(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return null;
  }
}
