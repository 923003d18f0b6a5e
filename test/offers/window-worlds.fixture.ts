/** Random event types with hosts and windows, and their slots as the contract says them. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { NativeTime } from '../../src/availability/native.ts';
import type { EventTypeOffer, EventTypeRules } from '../../src/availability/rules.ts';
import { teamStarts } from '../../src/availability/teams.ts';
import { hostTime } from '../../src/offers/host-time.ts';
import { toSlotList } from '../../src/offers/slot-list.ts';
import type { HostSources } from '../../src/offers/sources.ts';
import { startsOfHosts } from '../../src/offers/team.ts';
import type { findWindowOffer, WindowOffer } from '../../src/offers/window-offer.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { booking, busy, DAY_ZERO, eventType, host, NOW, source, sources } from './world.fixture.ts';

export interface World {
  type: EventTypeOffer;
  hosts: HostSources[];
  query: Parameters<typeof findWindowOffer>[2];
}

/** The slots of the whole window in one piece, as the contract says them. */
export function wholeOffer({ type, hosts, query }: World): WindowOffer {
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
export const plain = ({ slots: { starts, seats, teamOf, ...slots }, changesAt }: WindowOffer) => ({
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

export const world: fc.Arbitrary<World> = fc
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
