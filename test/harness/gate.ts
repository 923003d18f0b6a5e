/** Meeting points of a test and the work that it tests: each knows where the other is, and neither waits for a time. */
import { setImmediate as turn } from 'node:timers/promises';

export interface Gate {
  /** Where the work waits until the gate is open. */
  step(): Promise<void>;
  /** Resolves once the work has come to the gate. */
  reached: Promise<void>;
  /** Lets the work go on, and all that comes later. */
  open(): void;
}

export function gate(): Gate {
  const arrival = signal();
  const opening = signal();
  return {
    step() {
      arrival.give();
      return opening.given;
    },
    reached: arrival.given,
    open: opening.give,
  };
}

/**
 * A gate that opens once `count` wait at it.
 * @returns where each of them waits. Fewer than `count` wait for ever: the test runs into its timeout.
 */
export function barrier(count: number): () => Promise<void> {
  const met = signal();
  let waiting = 0;
  return () => {
    if (++waiting === count) met.give();
    return met.given;
  };
}

/** A promise, and what resolves it. */
export function signal(): { given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** Is the work done, or refused, without waiting for anybody: not for the network, and for no timer? */
export async function settlesAtOnce(work: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  work.then(done, done);
  await turn();
  return settled;
}
