/**
 * Notes two things of the process that loads it, as JSON in the file that the module's own URL names (`?file=/path`): how long a turn of the
 * event loop kept the processor, the longest one so far, and how much of the processor went by between a question to /healthz and its
 * answer, the most so far, both in milliseconds. Time on the processor is what the kernel counts for the main thread, so that other
 * programs on a busy machine don't lengthen it, as they do all times by a clock. `longTurns()` of long-turns.ts makes the file and the
 * arguments.
 *
 * Plain JavaScript, because it is loaded before anything that could read TypeScript.
 */
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const { searchParams } = new URL(import.meta.url);
const file = searchParams.get('file') ?? '';
/** What the start of a process takes is no turn that callers wait for. Milliseconds. */
const START = Number(searchParams.get('start'));
/** Milliseconds between two looks: one turn at the least lies between them. */
const INTERVAL = 5;
/** A question to /healthz says how long the main thread had had a processor when it was asked: `LongTurns.processorTime`. */
const HEALTH = /^\/healthz\?processor=([\d.]+)$/;

const noted = { pid: process.pid, turn: 0, health: 0 };

function note(changes) {
  Object.assign(noted, changes);
  writeFileSync(file, JSON.stringify(noted));
}

/** Milliseconds that the main thread has had a processor. */
const processorTime = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

function look(before) {
  const now = processorTime();
  const turn = performance.now() < START ? 0 : now - before;
  if (turn > noted.turn) note({ turn });
  setTimeout(look, INTERVAL, now).unref();
}

if (isMainThread && process.platform === 'linux') {
  note({});
  look(processorTime());
  subscribe('http.server.response.finish', ({ request }) => {
    const asked = HEALTH.exec(request.url)?.[1];
    const health = asked === undefined ? 0 : processorTime() - Number(asked);
    if (health > noted.health) note({ health });
  });
}
