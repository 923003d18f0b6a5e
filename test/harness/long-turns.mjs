/**
 * Notes how long a turn of the event loop kept the processor, in the process that loads it: the longest one so far, in milliseconds,
 * is written to the file that the module's own URL names (`?longest=/path`). Time on the processor is what the kernel counts for the
 * main thread, so that other programs on a busy machine don't lengthen it, as they do all times by a clock. `longTurns()` of
 * long-turns.ts makes the file and the arguments.
 *
 * Plain JavaScript, because it is loaded before anything that could read TypeScript.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { searchParams } = new URL(import.meta.url);
const file = searchParams.get('longest') ?? '';
/** What the start of a process takes is no turn that callers wait for. Milliseconds. */
const START = Number(searchParams.get('start'));
/** Milliseconds between two looks: one turn at the least lies between them. */
const INTERVAL = 5;

/** Milliseconds that the main thread has had a processor. */
const processorTime = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

function look(before, longest) {
  const now = processorTime();
  const turn = performance.now() < START ? 0 : now - before;
  if (turn > longest) writeFileSync(file, String(turn));
  setTimeout(look, INTERVAL, now, Math.max(turn, longest)).unref();
}

if (isMainThread && process.platform === 'linux') look(processorTime(), 0);
