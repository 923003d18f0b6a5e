/**
 * Shifts the wall clock of the process that loads it: `Date.now()`, `new Date()` and `Date()` are as many milliseconds ahead
 * as the file says that the module's own URL names (`?offset=/path`). The file is read again every few milliseconds, so that
 * writing it steps the clock of a process that runs. Timers and `performance.now()` go on as they did, as they do when an
 * operator or NTP steps the clock of a machine. `skewedClock()` of skewed-clock.ts makes the file and the arguments.
 *
 * Plain JavaScript, because it is loaded before anything that could read TypeScript, in the main thread and in workers.
 */
import { readFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('offset') ?? '';
/** Milliseconds between two looks at the file. */
const INTERVAL = 5;

const RealDate = Date;
let offset = 0;
let readAt = Number.NEGATIVE_INFINITY;

function now() {
  const at = performance.now();
  if (at - readAt >= INTERVAL) {
    readAt = at;
    try {
      const read = Number(readFileSync(file, 'utf8'));
      if (Number.isFinite(read)) offset = read;
    } catch {
      // The file is away while the test tidies up: the clock stays as it was.
    }
  }
  return RealDate.now() + offset;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
