/** Prints as JSON whether a deadline, and a combined timeout signal, fire though the garbage collector runs before. */
import { setTimeout as pause } from 'node:timers/promises';
import { withDeadline } from '../../src/async/deadline.ts';

const WITHIN = 500;
const outer = new AbortController();
const fired = { deadline: false, combined: false };

function listen(name: keyof typeof fired, signal: AbortSignal) {
  signal.addEventListener('abort', () => {
    fired[name] = true;
  });
}

withDeadline(WITHIN, outer.signal, (signal) => {
  listen('deadline', signal);
  return new Promise<never>(() => {});
}).catch(() => {});
listen('combined', AbortSignal.any([outer.signal, AbortSignal.timeout(WITHIN)]));

for (let round = 0; round < 3; round++) {
  await pause(1); // real time: a turn for the collector
  globalThis.gc?.();
}
// real time: a timer of twice the length, begun later, ends after the deadline however slow the machine is.
await pause(2 * WITHIN);
process.stdout.write(JSON.stringify(fired));
