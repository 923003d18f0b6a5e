/**
 * Collects garbage while tests run, so that a deadline or a listener that is only held weakly is lost in a test and not at an
 * operator's. Needs node's --expose-gc.
 */
import { SECOND } from '../../src/time/clock.ts';

/** A whole collection takes half a second of a process that has run many files. */
const INTERVAL = 20 * SECOND;

declare global {
  /** The files of a worker share its process, and one timer does for all. */
  var garbageTimer: unknown;
}

const { gc } = globalThis;
if (!gc) throw new Error('tests run with --expose-gc: see vitest.config.ts');
if (globalThis.garbageTimer === undefined) {
  globalThis.garbageTimer = setInterval(gc, INTERVAL);
}
