/** How V8 collects the garbage of a process that answers callers. */
import { setFlagsFromString } from 'node:v8';

/**
 * Young objects are collected by the main thread alone. V8's threads would help, and where other programs use the processors the
 * main thread then waits for threads that get none: 100 to 200 ms for 5 ms of work, in which nobody is answered
 * (docs/performance.md). Marking goes on in threads of its own; nothing waits for those.
 */
export function collectWithoutWaiting(): void {
  setFlagsFromString('--no-parallel-scavenge');
}
