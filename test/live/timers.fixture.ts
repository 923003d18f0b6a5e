/** A clock that a test moves, and the timers that `src/live` leaves on it. */
import { vi } from 'vitest';
import { NOW } from './stage.fixture.ts';

/** The line of a stack that names the caller of the caller. */
const CALLER = 3;
const OURS = /[\\/]src[\\/]live[\\/]/;

const waiting = new Set<unknown>();

/**
 * Timeouts of ours that are still to come. `vi.getTimerCount` has those of others too, as of a connection that an
 * earlier file of the worker left to its library.
 */
export const timeouts = (): number => waiting.size;

const isOurs = () => OURS.test(new Error().stack?.split('\n')[CALLER] ?? '');

/** Until `vi.useRealTimers`. */
export function stopTheClock(): void {
  vi.useFakeTimers({ now: NOW });
  waiting.clear();
  const { setTimeout, clearTimeout } = globalThis;
  const set = (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => {
    // real time: none, the clock that stands is behind it.
    const timer = setTimeout(() => {
      waiting.delete(timer);
      callback(...args);
    }, delay);
    if (isOurs()) waiting.add(timer);
    return timer;
  };
  const clear = (timer?: NodeJS.Timeout) => {
    waiting.delete(timer);
    clearTimeout(timer);
  };
  // The clock takes back, in the end, what carries its marks.
  Object.assign(globalThis, {
    setTimeout: Object.assign(set, setTimeout),
    clearTimeout: Object.assign(clear, clearTimeout),
  });
}
