/**
 * Fails a file of tests that would begin with a stopped clock. The files of a worker share its globals, so a fake clock that
 * one of them leaves hangs the next: whatever waits for a timer there waits for ever.
 *
 * A spy on a global while the clock is fake leaves one, because Vitest takes spies back once more between two files, when
 * the real clock is back: fakes of timers are made by `vi.useFakeTimers` alone.
 */
import { beforeAll, expect, vi } from 'vitest';

const TIMERS = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'Date',
] as const;

beforeAll(() => {
  expect(vi.isFakeTimers(), 'An earlier file of this worker left the clock stopped.').toBe(false);
  // A timer of the fake clock carries that clock.
  const fakes = TIMERS.filter((name) => 'clock' in globalThis[name] || 'isFake' in globalThis[name]);
  expect(fakes, 'An earlier file of this worker left these globals faked.').toEqual([]);
});
