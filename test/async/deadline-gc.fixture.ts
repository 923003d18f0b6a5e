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
  await pause(1); // real time: the collector frees what was made in an earlier turn of the loop
  globalThis.gc?.();
}
await pause(2 * WITHIN); // real time: that a deadline is lost shows in nothing else
process.stdout.write(JSON.stringify(fired));
