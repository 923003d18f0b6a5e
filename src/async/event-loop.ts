/** Turns of the event loop: long work lets others go on between its parts, and lets those in who wait for a connection. */

/** Turns that a part gives to newcomers at most, so that it comes on whatever crowd there is. */
const PASSED_MAX = 50;

let arrivals = 0;

/** To be called for each connection that was accepted. */
export const countArrival = (): void => {
  arrivals++;
};

/** What goes on in the next turns of the event loop, one in each. */
const parts: (() => void)[] = [];
/** Arrivals before the last turn, and turns that the next part has given to newcomers. */
let [seen, passed] = [0, 0];

/**
 * Lets other work go on, between two parts of what takes long. One part of all such work has a turn of the loop, and none for as
 * long as connections come: Node accepts a single one in each turn, so that those of a crowd wait for as many turns.
 */
export const turnOfLoop = () =>
  new Promise<void>((resolve) => {
    parts.push(resolve);
    if (parts.length === 1) setImmediate(nextPart);
  });

/** Work of which a part is done each time that it is asked for the next one. */
export type Parts<T> = Generator<void, T, void>;

/** Does the work without leaving the event loop its turn: for as little as is known to be done soon. */
export function atOnce<T>(work: Parts<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Does the work, and gives the event loop its turn between the parts. Work that is not parted is done by the time of the return. */
export async function inTurns<T>(work: Parts<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await turnOfLoop();
  }
}

/** Items of which the work takes a few milliseconds at the most. */
const ITEMS_OF_PART = 2_000;

/** Does the work for each of the items, in their order, and gives the event loop its turn after some of them. */
export async function forEachInTurns<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % ITEMS_OF_PART === 0) await turnOfLoop();
  }
}

function nextPart() {
  const isCrowded = arrivals !== seen && passed < PASSED_MAX;
  seen = arrivals;
  if (isCrowded) {
    passed++;
  } else {
    passed = 0;
    parts.shift()?.();
  }
  if (parts.length > 0) setImmediate(nextPart);
}
