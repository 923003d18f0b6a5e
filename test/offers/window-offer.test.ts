import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce, type Parts } from '../../src/async/event-loop.ts';
import type { NativeTime } from '../../src/availability/native.ts';
import type { EventTypeOffer, EventTypeRules } from '../../src/availability/rules.ts';
import { teamStarts } from '../../src/availability/teams.ts';
import { hostTime } from '../../src/offers/host-time.ts';
import { type SlotList, toSlotList } from '../../src/offers/slot-list.ts';
import type { HostSources } from '../../src/offers/sources.ts';
import { startsOfHosts } from '../../src/offers/team.ts';
import { findWindowOffer, type WindowOffer } from '../../src/offers/window-offer.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { seed } from '../availability/seed.fixture.ts';
import { booking, busy, DAY_ZERO, eventType, host, NOW, openDesk, source, sources } from './world.fixture.ts';

interface World {
  type: EventTypeOffer;
  hosts: HostSources[];
  query: Parameters<typeof findWindowOffer>[2];
}

/** @returns what the work returns, and how often it let other work go on. */
function counting<T>(work: Parts<T>): { result: T; turns: number } {
  let turns = 0;
  for (;;) {
    const step = work.next();
    if (step.done) return { result: step.value, turns };
    turns++;
  }
}

/** The slots of the whole window in one piece, as the contract says them. */
function wholeOffer({ type, hosts, query }: World): WindowOffer {
  const { now, without } = query;
  const { horizon, minimumNotice, tentativeBlocks } = type.rules;
  const timeOf = (one: HostSources) => hostTime(one, tentativeBlocks, without);
  const within = teamStarts(type, startsOfHosts(type, hosts, query, timeOf));
  const endless = { ...type, rules: { ...type.rules, horizon: null } };
  const all = teamStarts(endless, startsOfHosts(endless, hosts, query, timeOf));
  const next = all.starts[within.starts.length];
  const changes = hosts.flatMap(({ native }) =>
    native.flatMap(({ expiresAt }) => (expiresAt !== null && expiresAt > now ? [expiresAt] : [])),
  );
  if (next !== undefined) changes.push(next - (horizon ?? 0));
  if (within.starts[0] !== undefined) changes.push(within.starts[0] - minimumNotice + 1);
  const changesAt = changes.length === 0 ? null : Math.min(...changes);
  return { slots: toSlotList(type, hosts, within), changesAt };
}

/** Columns as text: tens of thousands of numbers are compared at once, whatever buffer they are part of. */
const plain = ({ slots: { starts, seats, teamOf, ...slots }, changesAt }: WindowOffer) => ({
  ...{ ...slots, changesAt },
  columns: [starts, seats, teamOf].map((column) => column.join()),
});

const SPAN = 10 * DAY;
const period = fc.tuple(fc.nat(SPAN / MINUTE), fc.integer({ min: 1, max: 600 }));
const orNull = (least: number, most: number) => fc.option(fc.integer({ min: least, max: most }));

const given = fc.record({
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
  day: fc.record({ start: fc.nat(600), length: fc.integer({ min: 240, max: 1_440 }) }),
  busy: fc.array(period, { maxLength: 12 }),
  taken: fc.array(fc.tuple(period, fc.constantFrom('hold' as const, 'booking' as const)), { maxLength: 6 }),
  usable: fc.boolean(),
});

const world: fc.Arbitrary<World> = fc
  .record({
    kinds: fc.array(given, { minLength: 1, maxLength: 4 }),
    count: fc.constantFrom(1, 2, 7, 40, 120),
    interval: fc.constantFrom(1, 5, 7, 15),
    length: fc.constantFrom(1, 15, 50, 300),
    scheduling: fc.constantFrom<EventTypeRules['scheduling']>('COLLECTIVE', 'ROUND_ROBIN', 'QUORUM'),
    seats: fc.constantFrom(1, 3),
    active: fc.integer({ max: 9, min: 0 }).map((drawn) => drawn > 0),
    buffer: fc.constantFrom(0, 10, 90),
    horizon: orNull(1, 12_000),
    notice: fc.nat(5_000),
    maxPerDay: orNull(1, 2),
    from: fc.integer({ min: -1_000, max: 3_000 }),
    window: fc.integer({ min: 1, max: 10_000 }),
  })
  .map((made) => {
    const ids = Array.from({ length: made.count }, (_, i) => `host_${i + 1}`);
    const type = eventType(
      {
        scheduling: made.count === 1 ? 'SINGLE' : made.scheduling,
        quorum: Math.ceil(made.count / 2),
        interval: made.interval * MINUTE,
        length: made.length * MINUTE,
        seats: made.seats,
        active: made.active,
        bufferBefore: made.buffer * MINUTE,
        bufferAfter: made.buffer * MINUTE,
        horizon: made.horizon === null ? null : made.horizon * MINUTE,
        minimumNotice: made.notice * MINUTE,
        maxPerDay: made.maxPerDay,
        hostRules: ids
          .slice(0, 1)
          .map((id) => ({ host: id, priority: 0, weight: 100, fixed: made.buffer > 0 })),
      },
      ids,
    );
    const kindOf = (i: number) => made.kinds[i % made.kinds.length] ?? expect.fail();
    const hosts = ids.map((id, i): HostSources => {
      const { zone, day, busy: periods, taken } = kindOf(i);
      const end = Math.min(1_440, day.start + day.length);
      const hours = {
        timeZone: zone,
        weekly: [{ days: [0, 1, 2, 3, 4, 5, 6], start: day.start, end }],
        overrides: [],
      };
      const span = ([at, minutes]: readonly [number, number]): [number, number] => [
        DAY_ZERO + (at + 7 * i) * MINUTE,
        DAY_ZERO + (at + 7 * i + minutes) * MINUTE,
      ];
      const native = taken.map(([of, kind], n): NativeTime => {
        const [start] = span(of);
        const expiresAt = kind === 'hold' ? NOW + HOUR : null;
        return booking(start, start + type.rules.length, { kind, owner: `own_${i}_${n}`, expiresAt });
      });
      const known = source({ busy: busy(...periods.map(span)) });
      return { ...sources({ ...host(id), hours }, known), native };
    });
    const from = DAY_ZERO + made.from * MINUTE;
    const usable = new Set(ids.filter((_, i) => kindOf(i).usable || made.buffer === 0));
    return { type, hosts, query: { from, to: from + made.window * MINUTE, now: NOW, without: null, usable } };
  });

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
