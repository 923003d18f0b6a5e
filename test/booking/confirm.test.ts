import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { badInput } from '../../src/errors.ts';
import { hashSecret } from '../../src/secrets.ts';
import { holdByHash } from '../../src/store/bookings/holds.ts';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import {
  ATTENDEE,
  at,
  createWorld,
  HOLD_TTL,
  NOW,
  STRICT_DEADLINE,
  VISITOR,
  type World,
} from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

beforeEach(() => {
  world.clock.at = NOW;
  world.provider.answers = async (calendars) => calendars;
  for (const list of [world.provider.asked, world.planned, world.announced, world.published]) list.length = 0;
});

const confirm = (token: string) => world.bookings.confirm(token, ATTENDEE, VISITOR);
const endOf = async (token: string) =>
  (await holdByHash(world.store, hashSecret(token)))?.expiresAt.getTime();

describe('confirming', () => {
  it('makes a booking of a hold, whose time it takes at the same instant', async () => {
    const host = await world.addHost();
    const type = await world.addType([host], { bufferAfter: 15 * MINUTE });
    const { token } = await world.hold(type, at(9));
    world.clock.at += MINUTE;
    const booking = world.booked(await confirm(token));
    expect(booking).toMatchObject({
      status: 'CONFIRMED',
      eventTypeId: type,
      hosts: [host],
      title: 'Talk',
      attendeeName: 'Grace',
      sequence: 0,
    });
    expect([booking.startsAt.getTime(), booking.endsAt.getTime()]).toEqual([at(9), at(10)]);
    expect(world.deps.tokens.verify(booking.token)).toBe(booking.id);
    const rows = await world.store.nativeTime.findMany({ where: { hostId: host }, orderBy: { id: 'asc' } });
    expect(rows).toMatchObject([
      { kind: 'hold', validTo: new Date(NOW + MINUTE) },
      {
        kind: 'booking',
        ownerId: booking.id,
        validFrom: new Date(NOW + MINUTE),
        validTo: null,
        expiresAt: null,
        bufferAfter: BigInt(15 * MINUTE),
      },
    ]);
    expect(world.planned).toMatchObject([{ id: booking.id }]);
    expect(world.announced).toEqual(['BOOKING_CREATED']);
    expect(world.published).toContain(`native:${host}`);
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotTaken');
  });

  it('again answers the same booking, also long after', async () => {
    const type = await world.addType([await world.addHost()]);
    const { token } = await world.hold(type, at(9));
    const first = world.booked(await confirm(token));
    world.clock.at += 2 * HOLD_TTL;
    const other = { ...ATTENDEE, name: 'Another' };
    expect(await world.bookings.confirm(token, other, VISITOR)).toEqual({ is: 'Booking', booking: first });
    expect(world.announced).toEqual(['BOOKING_CREATED']);
  });

  it('twice at once makes one booking', async () => {
    const host = await world.addHost();
    await world.addCalendar(host);
    const { token } = await world.hold(await world.addType([host]), at(9));
    const results = await Promise.all(Array.from({ length: 6 }, () => confirm(token)));
    expect(new Set(results.map((result) => world.booked(result).id)).size).toBe(1);
    expect(world.announced).toHaveLength(1);
    expect(await world.takenOf(host)).toEqual([{ kind: 'booking', start: at(9) }]);
  });

  it('what is unknown, released or over is HoldExpired', async () => {
    const type = await world.addType([await world.addHost()]);
    expect(await confirm('unknown')).toMatchObject({ is: 'HoldExpired', message: expect.any(String) });
    const released = await world.hold(type, at(9));
    await world.bookings.release(released.token);
    expect(await confirm(released.token)).toMatchObject({ is: 'HoldExpired' });
    const over = await world.hold(type, at(9));
    world.clock.at = over.expiresAt;
    expect(await confirm(over.token)).toMatchObject({ is: 'HoldExpired' });
    expect(await world.store.booking.count({ where: { eventTypeId: type } })).toBe(0);
  });

  it('a hold whose event type no longer offers the time holds what was promised', async () => {
    const host = await world.addHost();
    const type = await world.addType([host]);
    const { token } = await world.hold(type, at(10));
    await world.changeType(type, [host], { minimumNotice: 24 * HOUR, interval: 37 * MINUTE });
    expect((await confirm(token)).is).toBe('Booking');
  });

  it('is asked leave for once, and only when calendars are asked', async () => {
    const [plain, host] = [await world.addHost(), await world.addHost()];
    await world.addCalendar(host);
    const refuse = async () => {
      throw badInput('x', 'y');
    };
    const first = await world.hold(await world.addType([plain]), at(9));
    expect(
      (await world.bookings.confirm(first.token, ATTENDEE, { ...VISITOR, admitRefresh: refuse })).is,
    ).toBe('Booking');
    const type = await world.addType([host]);
    const second = await world.hold(type, at(9));
    await expect(
      world.bookings.confirm(second.token, ATTENDEE, { ...VISITOR, admitRefresh: refuse }),
    ).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const asked: string[] = [];
    const counting = { ...VISITOR, admitRefresh: async (type: string) => void asked.push(type) };
    await world.bookings.confirm(second.token, ATTENDEE, counting);
    await world.bookings.confirm(second.token, ATTENDEE, counting);
    expect(asked).toEqual([type]);
  });
});

describe('the calendars', () => {
  it('of the assigned hosts are read again first', async () => {
    const [ada, bob] = [await world.addHost(), await world.addHost()];
    const [hers] = [await world.addCalendar(ada), await world.addCalendar(bob)];
    const type = await world.addType([ada, bob], { scheduling: 'ROUND_ROBIN' });
    const { token } = await world.hold(type, at(9));
    expect((await confirm(token)).is).toBe('Booking');
    expect(world.provider.asked).toEqual([[hers]]);
  });

  it('in which a conflict appeared meanwhile take the slot away', async () => {
    const host = await world.addHost();
    const calendar = await world.addCalendar(host);
    const type = await world.addType([host]);
    const { token } = await world.hold(type, at(9));
    world.provider.answers = async (calendars) => {
      await world.addEvent(calendar, at(9, 30), at(9, 45));
      return calendars;
    };
    expect(await confirm(token)).toEqual({ is: 'SlotTaken', message: expect.any(String) });
    expect(await confirm(token)).toMatchObject({ is: 'HoldExpired' });
    expect(await world.takenOf(host)).toEqual([]);
    expect(world.announced).toEqual([]);
  });

  it('that cannot be read refuse, the hold stays, and later it goes through', async () => {
    const host = await world.addHost();
    const calendar = await world.addCalendar(host);
    const type = await world.addType([host]);
    const { token } = await world.hold(type, at(9));
    world.clock.at += MINUTE;
    world.provider.answers = async () => [];
    expect(await confirm(token)).toEqual({
      is: 'SourceStale',
      message: expect.any(String),
      issues: [{ code: 'SOURCE_STALE', host, calendar, message: expect.any(String) }],
    });
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotTaken');
    world.provider.answers = async (calendars) => calendars;
    expect((await confirm(token)).is).toBe('Booking');
  });

  it('that cannot be read let it pass where the event type only warns, unless they never were', async () => {
    const host = await world.addHost();
    const calendar = await world.addCalendar(host);
    const type = await world.addType([host], { onStale: 'WARN' });
    world.clock.at += MINUTE;
    world.provider.answers = async () => [];
    const first = await world.hold(type, at(9));
    expect((await confirm(first.token)).is).toBe('Booking');
    const second = await world.hold(type, at(10));
    await world.store.calendarState.update({
      where: { calendarId: calendar },
      data: { provenAsOf: null, coveredFrom: null, coveredTo: null, basis: 'NEVER' },
    });
    expect(await confirm(second.token)).toMatchObject({
      is: 'SourceStale',
      issues: [{ code: 'SOURCE_NEVER_SYNCED' }],
    });
  });

  it('take their time, for which the hold is kept alive', async () => {
    const host = await world.addHost();
    await world.addCalendar(host);
    const type = await world.addType([host]);
    const { token, expiresAt } = await world.hold(type, at(9));
    world.clock.at = expiresAt - 1;
    world.provider.answers = async () => {
      world.clock.at += STRICT_DEADLINE;
      return [];
    };
    expect((await confirm(token)).is).toBe('SourceStale');
    expect(await endOf(token)).toBe(expiresAt - 1 + STRICT_DEADLINE + 10 * SECOND);
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotTaken');
    world.provider.answers = async (calendars) => calendars;
    expect((await confirm(token)).is).toBe('Booking');
  });

  it('are read while the hold may be released: then it is over', async () => {
    const host = await world.addHost();
    await world.addCalendar(host);
    const { token } = await world.hold(await world.addType([host]), at(9));
    world.provider.answers = async (calendars) => {
      await world.bookings.release(token);
      return calendars;
    };
    expect((await confirm(token)).is).toBe('HoldExpired');
  });
});

describe('a team that lost a host', () => {
  async function team(rules: Parameters<World['addType']>[1]) {
    const hosts = [await world.addHost(), await world.addHost(), await world.addHost()];
    const calendars: string[] = [];
    for (const host of hosts) calendars.push(await world.addCalendar(host));
    const type = await world.addType(hosts, rules);
    const { token, slot } = await world.hold(type, at(9));
    /** A conflict at these hosts turns up when they are read again. */
    const opposed = (...whose: number[]) => {
      world.provider.answers = async (asked) => {
        for (const i of whose) {
          const calendar = calendars[i] ?? '';
          if (asked.includes(calendar)) await world.addEvent(calendar, at(9), at(10));
        }
        return asked;
      };
    };
    return { hosts, calendars, token, held: slot.hosts.map(({ id }) => id), opposed };
  }

  it('of ROUND_ROBIN is given to another, whose calendars were read too', async () => {
    const { hosts, calendars, token, held, opposed } = await team({ scheduling: 'ROUND_ROBIN' });
    expect(held).toEqual([hosts[0]]);
    opposed(0, 1);
    const booking = world.booked(await confirm(token));
    expect(booking.hosts).toEqual([hosts[2]]);
    expect(world.provider.asked).toEqual(calendars.map((calendar) => [calendar]));
    expect(await world.takenOf(hosts[0] ?? '')).toEqual([]);
    expect(await world.takenOf(hosts[2] ?? '')).toEqual([{ kind: 'booking', start: at(9) }]);
    expect(world.published).toEqual(expect.arrayContaining([`native:${hosts[0]}`, `native:${hosts[2]}`]));
  });

  it('of QUORUM is made up of others', async () => {
    const { hosts, token, held, opposed } = await team({ scheduling: 'QUORUM', quorum: 2 });
    expect(held).toEqual(hosts.slice(0, 2));
    opposed(1);
    expect(world.booked(await confirm(token)).hosts).toEqual([hosts[0], hosts[2]]);
  });

  it('is taken when there is nobody else', async () => {
    const { token, opposed, hosts } = await team({ scheduling: 'ROUND_ROBIN' });
    opposed(0, 1, 2);
    expect((await confirm(token)).is).toBe('SlotTaken');
    for (const host of hosts) expect(await world.takenOf(host)).toEqual([]);
  });

  it('is not given to a host who does not work then, however late it is meanwhile', async () => {
    const { token, opposed, hosts } = await team({ scheduling: 'ROUND_ROBIN', minimumNotice: HOUR });
    opposed(0);
    world.clock.at += MINUTE;
    await world.store.hostHours.updateMany({
      where: { hostId: hosts[1] ?? '', validTo: null },
      data: { hours: { timeZone: 'UTC', weekly: [], overrides: [] } },
    });
    expect(world.booked(await confirm(token)).hosts).toEqual([hosts[2]]);
  });

  it('of COLLECTIVE has lost the slot', async () => {
    const { token, opposed } = await team({ scheduling: 'COLLECTIVE' });
    opposed(2);
    expect((await confirm(token)).is).toBe('SlotTaken');
  });

  it('waits for a calendar that cannot be read where nobody else can take it', async () => {
    const { token, opposed, calendars, hosts } = await team({ scheduling: 'ROUND_ROBIN' });
    opposed(0, 1);
    const { answers } = world.provider;
    world.clock.at += SECOND;
    world.provider.answers = async (asked) =>
      (await answers(asked)).filter((calendar) => calendar !== calendars[2]);
    expect(await confirm(token)).toMatchObject({ is: 'SourceStale', issues: [{ host: hosts[2] }] });
    world.provider.answers = async (asked) => asked;
    expect(world.booked(await confirm(token)).hosts).toEqual([hosts[2]]);
  });
});
