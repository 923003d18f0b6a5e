import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce, type Parts } from '../../src/async/event-loop.ts';
import type { SlotList } from '../../src/offers/slot-list.ts';
import { findWindowOffer } from '../../src/offers/window-offer.ts';
import { DAY, MINUTE } from '../../src/time/clock.ts';
import { seed } from '../availability/seed.fixture.ts';
import { plain, wholeOffer, world } from './window-worlds.fixture.ts';
import { DAY_ZERO, eventType, host, NOW, openDesk, source, sources } from './world.fixture.ts';

/** @returns what the work returns, and how often it let other work go on. */
function counting<T>(work: Parts<T>): { result: T; turns: number } {
  let turns = 0;
  for (;;) {
    const step = work.next();
    if (step.done) return { result: step.value, turns };
    turns++;
  }
}

it('A window that is looked at in parts has the slots of the whole', { timeout: 120_000 }, () => {
  let parted = 0;
  let found = 0;
  fc.assert(
    fc.property(world, (asked) => {
      const { result, turns } = counting(findWindowOffer(asked.type, asked.hosts, asked.query));
      expect(plain(result)).toEqual(plain(wholeOffer(asked)));
      if (turns > 2) parted++;
      if (turns > 2 && result.slots.starts.length > 0) found++;
    }),
    { seed, numRuns: 200 },
  );
  expect(parted).toBeGreaterThan(20);
  expect(found).toBeGreaterThan(5);
});

const ALL_DAY = {
  timeZone: 'UTC',
  weekly: [{ days: [0, 1, 2, 3, 4, 5, 6], start: 0, end: 1_440 }],
  overrides: [],
};
const MINUTELY = { length: 5 * MINUTE, interval: MINUTE };
const TWO_MONTHS = { from: DAY_ZERO + DAY, to: DAY_ZERO + 63 * DAY };

it('a start every minute over two months leaves the event loop its turn each ten thousand of them', async () => {
  const desk = openDesk(eventType(MINUTELY), sources({ ...host(), hours: ALL_DAY }, source()));
  let isDone = false;
  const asked = desk.ask(TWO_MONTHS).finally(() => {
    isDone = true;
  });
  let turns = 0;
  for (; !isDone; turns++) await turn();
  const { slots }: { slots: SlotList } = await asked;
  expect(slots.starts.length).toBeGreaterThan(85_000);
  expect(turns).toBeGreaterThan(slots.starts.length / 10_000);
});

it('a thousand hosts leave the event loop its turn within one day', () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => `host_${i + 1}`);
  const type = eventType({ scheduling: 'ROUND_ROBIN', interval: 15 * MINUTE }, ids);
  const hosts = ids.map((id) => sources({ ...host(id), hours: ALL_DAY }, source()));
  const query = {
    from: DAY_ZERO + DAY,
    to: DAY_ZERO + 2 * DAY,
    now: NOW,
    without: null,
    usable: new Set(ids),
  };
  const { turns, result } = counting(findWindowOffer(type, hosts, query));
  expect(result.slots.starts).toHaveLength(93);
  expect(turns).toBeGreaterThan(9);
});

it("a page's week is found at once", () => {
  const type = eventType({ interval: 15 * MINUTE });
  const hosts = [sources({ ...host(), hours: ALL_DAY }, source())];
  const query = {
    from: DAY_ZERO,
    to: DAY_ZERO + 7 * DAY,
    now: NOW,
    without: null,
    usable: new Set(['host_1']),
  };
  const work = findWindowOffer(type, hosts, query);
  expect(work.next()).toMatchObject({ done: true });
  expect(atOnce(findWindowOffer(type, hosts, query)).slots.starts.length).toBeGreaterThan(600);
});
