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
