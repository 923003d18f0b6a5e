import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExpireHolds } from '../../src/booking/release.ts';
import { takeNativeTime } from '../../src/store/bookings/native-time.ts';
import { sqlStateOf } from '../../src/store/sql-state.ts';
import { HOUR, MINUTE } from '../../src/time/clock.ts';
import { barrier } from '../harness/gate.ts';
import { ATTENDEE, at, createWorld, HOLD_TTL, NOW, VISITOR, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

const hold = (type: string, start: number) => world.bookings.hold(type, start, VISITOR);
const isOf = async (result: Promise<{ is: string }>) => (await result).is;

describe('a hold', () => {
  it('reserves the slot for its time and says for how long', async () => {
    const host = await world.addHost();
    const type = await world.addType([host]);
    const result = await hold(type, at(9));
    expect(result).toEqual({
      is: 'SlotHold',
      token: expect.stringMatching(/^[\w-]{43}$/),
      slot: {
        start: at(9),
        end: at(10),
        hosts: [expect.objectContaining({ id: host })],
        seatsLeft: 0,
      },
      expiresAt: NOW + HOLD_TTL,
    });
    expect(world.published).toContain(`native:${host}`);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
    const rows = await world.store.hold.findMany();
    expect(JSON.stringify(rows)).not.toContain('token' in result ? result.token : 'token');
  });

  it('of what no rule offers is SlotNotOffered', async () => {
    const type = await world.addType([await world.addHost()], { minimumNotice: 2 * HOUR });
    for (const start of [at(9), at(12, 30), at(17), at(12, 0, -1), 0]) {
      expect(await isOf(hold(type, start))).toBe('SlotNotOffered');
    }
  });

  it('of an event type that is not there is NOT_FOUND', async () => {
    await expect(hold('et_none', at(9))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('blocks every other event type of the host, with both buffers', async () => {
    const host = await world.addHost();
    const buffered = await world.addType([host], { bufferAfter: 30 * MINUTE });
    const short = await world.addType([host], { length: 30 * MINUTE, interval: 30 * MINUTE });
    expect(await isOf(hold(buffered, at(9)))).toBe('SlotHold');
    expect(await isOf(hold(short, at(9, 30)))).toBe('SlotTaken');
    expect(await isOf(hold(short, at(10)))).toBe('SlotTaken');
    expect(await isOf(hold(short, at(10, 30)))).toBe('SlotHold');
    expect(await isOf(hold(buffered, at(9)))).toBe('SlotTaken');
  });

  it('gives way to busy time that is known', async () => {
    const host = await world.addHost();
    await world.addEvent(await world.addCalendar(host), at(9), at(10));
    const type = await world.addType([host]);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
    expect(await isOf(hold(type, at(10)))).toBe('SlotHold');
  });

  it('is one of many at the same instant', async () => {
    const type = await world.addType([await world.addHost()]);
    const results = await Promise.all(Array.from({ length: 12 }, () => isOf(hold(type, at(9)))));
    expect(results.filter((is) => is === 'SlotHold')).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set(['SlotHold', 'SlotTaken']));
  });

  it('counts towards the limits', async () => {
    const type = await world.addType([await world.addHost()], { maxPerDay: 2, maxPerWeek: 3 });
    const days = [
      [9, 0],
      [10, 0],
      [11, 0],
      [9, 1],
      [9, 2],
      [9, 7],
    ] as const;
    const results: string[] = [];
    for (const [hour, day] of days) results.push(await isOf(hold(type, at(hour, 0, day))));
    expect(results).toEqual(['SlotHold', 'SlotHold', 'SlotTaken', 'SlotHold', 'SlotTaken', 'SlotHold']);
  });
});

describe('seats', () => {
  it('are shared by one start, and block every other', async () => {
    const host = await world.addHost();
    const type = await world.addType([host], { seats: 3, interval: 30 * MINUTE });
    const other = await world.addType([host], { seats: 3, interval: 30 * MINUTE });
    const left: number[] = [];
    for (let i = 0; i < 3; i++) left.push((await world.hold(type, at(9))).slot.seatsLeft);
    expect(left).toEqual([2, 1, 0]);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
    expect(await isOf(hold(type, at(9, 30)))).toBe('SlotTaken');
    expect(await isOf(hold(other, at(9)))).toBe('SlotTaken');
  });

  it('that are given back are taken again', async () => {
    const type = await world.addType([await world.addHost()], { seats: 2 });
    const first = await world.hold(type, at(9));
    await world.hold(type, at(9));
    expect(await world.bookings.release(first.token)).toBe(true);
    expect((await world.hold(type, at(9))).slot.seatsLeft).toBe(0);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
  });

  it('are not more than there are, though many visitors come at the same instant', async () => {
    const type = await world.addType([await world.addHost()], { seats: 4 });
    const results = await Promise.all(Array.from({ length: 10 }, () => isOf(hold(type, at(9)))));
    expect(results.filter((is) => is === 'SlotHold')).toHaveLength(4);
  });
});

describe('a team', () => {
  const hostsOf = (result: Awaited<ReturnType<World['hold']>>) => result.slot.hosts.map(({ id }) => id);

  it('of COLLECTIVE takes every host', async () => {
    const [ada, bob] = [await world.addHost(), await world.addHost()];
    const both = await world.addType([ada, bob], { scheduling: 'COLLECTIVE' });
    const bobs = await world.addType([bob]);
    expect(hostsOf(await world.hold(both, at(9)))).toEqual([ada, bob]);
    expect(await isOf(hold(bobs, at(9)))).toBe('SlotTaken');
    await world.hold(bobs, at(10));
    expect(await isOf(hold(both, at(10)))).toBe('SlotTaken');
  });

  it('of ROUND_ROBIN takes the fairest, until nobody is left', async () => {
    const hosts = [await world.addHost(), await world.addHost(), await world.addHost()];
    const [ada = '', bob = '', cleo = ''] = hosts;
    const type = await world.addType(hosts, { scheduling: 'ROUND_ROBIN' });
    const first = await world.hold(type, at(9));
    world.clock.at += 1;
    const second = await world.hold(type, at(9));
    world.clock.at += 1;
    const third = await world.hold(type, at(9));
    expect([first, second, third].map(hostsOf)).toEqual([[ada], [bob], [cleo]]);
    expect([first, second, third].map(({ slot }) => slot.seatsLeft)).toEqual([2, 1, 0]);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
    // The least recently taken is next.
    world.clock.at += 1;
    expect(hostsOf(await world.hold(type, at(10)))).toEqual([ada]);
    world.clock.at = NOW;
  });

  it('of ROUND_ROBIN has its fixed hosts beside the one assigned', async () => {
    const [ada, bob, cleo] = [await world.addHost(), await world.addHost(), await world.addHost()];
    const hostRules = [
      { host: bob, priority: 0, weight: 100, fixed: true },
      { host: cleo, priority: 1, weight: 100, fixed: false },
    ];
    const type = await world.addType([ada, bob, cleo], { scheduling: 'ROUND_ROBIN', hostRules });
    expect(hostsOf(await world.hold(type, at(9)))).toEqual([bob, cleo]);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
    const adas = await world.addType([ada]);
    expect(await isOf(hold(adas, at(9)))).toBe('SlotHold');
  });

  it('of QUORUM takes as many as it needs', async () => {
    const hosts = [await world.addHost(), await world.addHost(), await world.addHost()];
    const type = await world.addType(hosts, { scheduling: 'QUORUM', quorum: 2 });
    const { slot } = await world.hold(type, at(9));
    expect(slot.hosts).toHaveLength(2);
    expect(slot.seatsLeft).toBe(0);
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
  });

  it('never has two takers of one host, whatever the event types that race for it', async () => {
    const hosts = [await world.addHost(), await world.addHost(), await world.addHost()];
    const [ada = '', bob = ''] = hosts;
    const types = [
      await world.addType([ada], { length: 30 * MINUTE, interval: 30 * MINUTE }),
      await world.addType([bob, ada], { scheduling: 'COLLECTIVE' }),
      await world.addType(hosts, { scheduling: 'ROUND_ROBIN' }),
      await world.addType([...hosts].reverse(), { scheduling: 'QUORUM', quorum: 2 }),
    ];
    await Promise.all(Array.from({ length: 24 }, (_, i) => hold(types[i % 4] ?? '', at(9 + (i % 3)))));
    const rows = await world.store.nativeTime.findMany({ where: { hostId: { in: hosts }, validTo: null } });
    const clashes = rows.filter((a) =>
      rows.some(
        (b) => a.id < b.id && a.hostId === b.hostId && a.startsAt < b.endsAt && b.startsAt < a.endsAt,
      ),
    );
    expect(clashes).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(6);
  });
});

describe('the end of a hold', () => {
  it('comes when it is released, once', async () => {
    const host = await world.addHost();
    const type = await world.addType([host]);
    const { token } = await world.hold(type, at(9));
    world.published.length = 0;
    expect(await world.bookings.release(token)).toBe(true);
    expect(world.published).toContain(`native:${host}`);
    expect(await world.bookings.release(token)).toBe(false);
    expect(await world.bookings.release('unknown')).toBe(false);
    expect(await isOf(hold(type, at(9)))).toBe('SlotHold');
  });

  it('comes by itself, with nobody who does it', async () => {
    const type = await world.addType([await world.addHost()]);
    const { token, expiresAt } = await world.hold(type, at(9));
    world.clock.at = expiresAt - 1;
    expect(await isOf(hold(type, at(9)))).toBe('SlotTaken');
    world.clock.at = expiresAt;
    expect(await world.bookings.release(token)).toBe(false);
    expect(await isOf(hold(type, at(9)))).toBe('SlotHold');
    world.clock.at = NOW;
  });

  it('becomes history at its time, and goes when history goes', async () => {
    const host = await world.addHost();
    const { expiresAt, token } = await world.hold(await world.addType([host]), at(9));
    const expire = createExpireHolds({ store: world.store, retention: HOUR });
    const rows = () => world.store.nativeTime.findMany({ where: { hostId: host } });
    await expire(expiresAt - 1);
    expect(await rows()).toMatchObject([{ validTo: null }]);
    await expire(expiresAt + 20_000);
    expect(await rows()).toMatchObject([{ validTo: new Date(expiresAt) }]);
    await expire(expiresAt + 2 * HOUR);
    expect(await rows()).toEqual([]);
    expect(await world.bookings.confirm(token, ATTENDEE, VISITOR)).toMatchObject({ is: 'HoldExpired' });
  });
});

describe('the database', () => {
  it('refuses what the engine should never let through', async () => {
    const host = await world.addHost();
    const [one, two] = [await world.addType([host]), await world.addType([host])];
    await world.hold(one, at(9));
    const now = new Date(world.clock.at);
    const taking = {
      hosts: [host],
      kind: 'hold' as const,
      organisation: 'org',
      bufferBefore: 0,
      bufferAfter: 0,
    };
    const time = { start: at(9, 30), end: at(10, 30), expiresAt: NOW + HOUR, byHost: false };
    const error = await takeNativeTime(
      world.store,
      { ...taking, ...time, owner: 'x', eventType: two },
      now.getTime(),
    ).catch((refusal: unknown) => refusal);
    expect(sqlStateOf(error)).toBe('23P01');
    const seat = await world.store.$executeRaw`
      insert into native_time (organisation_id, host_id, kind, owner_id, event_type_id, slot_key, seat,
        starts_at, ends_at, expires_at, valid_from)
      select organisation_id, host_id, kind, 'y', event_type_id, slot_key, seat, starts_at, ends_at, expires_at,
        valid_from from native_time where host_id = ${host}`.catch((refusal: unknown) => refusal);
    expect(sqlStateOf(seat)).toBe('23505');
    // A host may do as they like in their own calendar.
    await takeNativeTime(
      world.store,
      { ...taking, ...time, kind: 'booking', expiresAt: null, byHost: true, owner: 'z', eventType: two },
      now.getTime(),
    );
    expect(await world.takenOf(host)).toHaveLength(2);
  });

  it('tells a deadlock by its state', async () => {
    const [a, b] = [await world.addHost(), await world.addHost()];
    const bothHoldOne = barrier(2);
    const lock = (first: string, second: string) =>
      world.store.$transaction(async (tx) => {
        await tx.$queryRaw`select 1 from host where id = ${first} for update`;
        await bothHoldOne();
        await tx.$queryRaw`select 1 from host where id = ${second} for update`;
      });
    const results = await Promise.allSettled([lock(a, b), lock(b, a)]);
    const lost = results.flatMap((result) =>
      result.status === 'rejected' ? [sqlStateOf(result.reason)] : [],
    );
    expect(lost).toHaveLength(1);
    expect(['40P01', '40001']).toContain(lost[0]);
  });
});
