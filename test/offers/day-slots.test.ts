import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce } from '../../src/async/event-loop.ts';
import { createDaySlots, cutOf } from '../../src/offers/day-slots.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { seed } from '../availability/seed.fixture.ts';
import { plain, wholeOffer, world } from './window-worlds.fixture.ts';
import { booking, DAY_ZERO, eventType, hold, host, NOW, source, sources, taken } from './world.fixture.ts';

/** A question that follows another one: its window, and when it is asked, as the holds of the world last an hour. */
const question = fc.record({
  from: fc.integer({ min: 0, max: 2_500 }),
  window: fc.integer({ min: 1, max: 3_000 }),
  later: fc.integer({ min: -30, max: 180 }),
  millisecond: fc.nat(2),
  usable: fc.boolean(),
});

it('Windows that are cut out of kept days have the slots that they have by themselves, at any time and in any order', {
  timeout: 120_000,
}, () => {
  let cut = 0;
  fc.assert(
    fc.property(world, fc.array(question, { minLength: 6, maxLength: 12 }), (asked, questions) => {
      const findOffer = createDaySlots();
      const seen = new Set<object>();
      for (const { from, window, later, millisecond, usable } of questions) {
        const begin = DAY_ZERO + from * MINUTE + millisecond;
        const query = {
          ...asked.query,
          ...{ from: begin, to: begin + window * MINUTE, now: NOW + later * MINUTE },
          usable: usable ? asked.query.usable : new Set(asked.type.hosts),
        };
        const found = atOnce(findOffer(asked.type, asked.hosts, query));
        expect(plain(found)).toEqual(plain(wholeOffer({ ...asked, query })));
        const whole = cutOf(found.slots)?.whole;
        if (whole && seen.has(whole) && found.slots.starts.length > 0) cut++;
        if (whole) seen.add(whole);
      }
    }),
    { seed, numRuns: 200 },
  );
  expect(cut).toBeGreaterThan(30);
});

const type = eventType();
const week = { from: DAY_ZERO, to: DAY_ZERO + 7 * DAY, now: NOW, without: null, usable: new Set(['host_1']) };

it('windows that begin at other instants of the same days are cut out of the same slots', () => {
  const findOffer = createDaySlots();
  const hosts = [sources(host(), source())];
  const ask = (later: number) =>
    cutOf(atOnce(findOffer(type, hosts, { ...week, from: week.from + later })).slots);
  const first = ask(1);
  expect(first?.whole.starts.length).toBeGreaterThan(40);
  expect(ask(2 * HOUR)?.whole).toBe(first?.whole);
  expect(ask(30 * HOUR)?.whole).toBe(first?.whole);
});

it('what was kept of a host ends with whatever is newer of it, and with the first hold that expires', () => {
  const findOffer = createDaySlots();
  const start = DAY_ZERO + DAY + 9 * HOUR;
  const count = (found: ReturnType<typeof sources>, now = NOW) =>
    atOnce(findOffer(type, [found], { ...week, now })).slots.starts.length;
  const free = sources(host(), source());
  const all = count(free);
  expect(count(taken(free, booking(start, start + HOUR)))).toBe(all - 1);
  const held = taken(free, hold(start, start + HOUR, NOW + MINUTE));
  expect(count(held)).toBe(all - 1);
  expect(count(held, NOW + MINUTE - 1)).toBe(all - 1);
  expect(count(held, NOW + MINUTE)).toBe(all);
  // A clock that was set back.
  expect(count(held)).toBe(all - 1);
  expect(count(free)).toBe(all);
});

it('a hold whose own time does not count is asked for past what is kept', () => {
  const findOffer = createDaySlots();
  const start = DAY_ZERO + DAY + 9 * HOUR;
  const hosts = [taken(sources(host(), source()), hold(start, start + HOUR, NOW + HOUR))];
  const offered = (without: string | null) => [
    ...atOnce(findOffer(type, hosts, { ...week, without })).slots.starts,
  ];
  expect(offered(null)).not.toContain(start);
  expect(offered('hold_1')).toContain(start);
  expect(offered(null)).not.toContain(start);
});

it('no more bytes are kept than there may be: the oldest days make room, and so do those with what is kept beside them', () => {
  const findOffer = createDaySlots({ bytesMax: 6_000 });
  const hosts = [sources(host(), source())];
  const ask = (of: typeof type, day: number) => {
    const query = { ...week, from: week.from + day * DAY, to: week.to + day * DAY };
    return cutOf(atOnce(findOffer(of, hosts, query)).slots);
  };
  const other = eventType();
  const first = ask(type, 0);
  expect(ask(type, 0)?.whole).toBe(first?.whole);
  expect(first?.reserve(1_000)).toBe(true);
  const second = ask(other, 0);
  expect(ask(type, 0)?.whole).toBe(first?.whole);
  // With as much beside it there is no room for the first.
  expect(second?.reserve(3_500)).toBe(true);
  expect(first?.reserve(1)).toBe(false);
  expect(ask(type, 0)?.whole).not.toBe(first?.whole);
});
