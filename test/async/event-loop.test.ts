import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { countArrival, turnOfLoop } from '../../src/async/event-loop.ts';

/** Turns of the loop until the work is done, `each` of which begins with what is given. */
async function turnsUntil(work: Promise<unknown>, each: () => void = () => {}): Promise<number> {
  let isDone = false;
  void work.then(() => {
    isDone = true;
  });
  let turns = 0;
  for (; !isDone; turns++) {
    each();
    await turn();
  }
  return turns;
}

it('one part of all long work has a turn of the event loop', async () => {
  const turns = await turnsUntil(Promise.all(Array.from({ length: 20 }, turnOfLoop)));
  expect(turns).toBeGreaterThanOrEqual(20);
  expect(turns).toBeLessThan(30);
});

it('a part lets newcomers in first', async () => {
  let coming = 12;
  const part = turnOfLoop();
  const turns = await turnsUntil(part, () => {
    if (coming-- > 0) countArrival();
  });
  expect(turns).toBeGreaterThanOrEqual(12);
  expect(turns).toBeLessThan(20);
});

it('a part has its turn in the end, however many come', async () => {
  const turns = await turnsUntil(turnOfLoop(), countArrival);
  expect(turns).toBeGreaterThan(30);
  expect(turns).toBeLessThan(100);
});
