import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockBooking } from '../../src/store/bookings/bookings.ts';
import { lockHosts } from '../../src/store/bookings/native-time.ts';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { at, createWorld, NOW, VISITOR, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

beforeEach(() => {
  world.clock.at = NOW;
  world.provider.answers = async (calendars) => calendars;
});

/** Forgets what happened while it was made. */
async function booked(type: string, start: number) {
  const booking = await world.book(type, start);
  for (const list of [world.provider.asked, world.planned, world.announced, world.published]) list.length = 0;
  return booking;
}

const move = (token: string, start: number) => world.bookings.reschedule(token, start, VISITOR);

describe('cancelling', () => {
  it('frees the time at once, and once', async () => {
    const host = await world.addHost();
    const type = await world.addType([host]);
    const { token, id } = await booked(type, at(9));
    world.clock.at += MINUTE;
    const result = await world.bookings.cancel(token, 'Ill');
    expect(world.booked(result)).toMatchObject({
      id,
      status: 'CANCELLED',
      reason: 'Ill',
      cancelledBy: 'attendee',
      sequence: 1,
      token,
      cancelledAt: new Date(NOW + MINUTE),
    });
    expect(world.announced).toEqual(['BOOKING_CANCELLED']);
    expect(world.planned).toMatchObject([{ id, status: 'CANCELLED' }]);
    expect(world.published).toContain(`native:${host}`);
    expect(await world.bookings.cancel(token, 'Again')).toEqual(result);
    expect(world.announced).toHaveLength(1);
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotHold');
  });

  it('what is not there is BookingNotFound', async () => {
    const { token } = await booked(await world.addType([await world.addHost()]), at(9));
    for (const wrong of [
      '',
      'x',
      `${token}x`,
      token.slice(0, -1),
      'bkg_1.abc',
      world.deps.tokens.sign('bkg_1'),
    ]) {
      expect((await world.bookings.cancel(wrong, null)).is).toBe('BookingNotFound');
      expect((await move(wrong, at(10))).is).toBe('BookingNotFound');
      expect(await world.bookings.byToken(wrong)).toBeNull();
    }
    expect(await world.bookings.byToken(token)).toMatchObject({ token, status: 'CONFIRMED' });
  });

  it('twice at once is one cancellation', async () => {
    const { token } = await booked(await world.addType([await world.addHost()]), at(9));
    const results = await Promise.all([1, 2, 3].map((reason) => world.bookings.cancel(token, `${reason}`)));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(world.announced).toEqual(['BOOKING_CANCELLED']);
  });
});

describe('rescheduling', () => {
  it('moves the booking, after its calendars were read', async () => {
    const host = await world.addHost();
    const calendar = await world.addCalendar(host);
    const type = await world.addType([host]);
    const { token, id } = await booked(type, at(9));
    const moved = world.booked(await move(token, at(11)));
    expect(moved).toMatchObject({ id, token, sequence: 1, hosts: [host], status: 'CONFIRMED' });
    expect([moved.startsAt.getTime(), moved.endsAt.getTime()]).toEqual([at(11), at(12)]);
    expect(world.provider.asked).toEqual([[calendar]]);
    expect(await world.takenOf(host)).toEqual([{ kind: 'booking', start: at(11) }]);
    expect(world.announced).toEqual(['BOOKING_RESCHEDULED']);
    expect(world.planned).toMatchObject([{ id, sequence: 1, startsAt: new Date(at(11)) }]);
    expect(world.published).toContain(`native:${host}`);
  });

  it('to where it is changes nothing', async () => {
    const { token } = await booked(await world.addType([await world.addHost()]), at(9));
    expect(world.booked(await move(token, at(9))).sequence).toBe(0);
    expect(world.announced).toEqual([]);
  });

  it('is not in its own way, buffers and limits included', async () => {
    const rules = { interval: 30 * MINUTE, bufferBefore: HOUR, maxPerDay: 1 };
    const { token } = await booked(await world.addType([await world.addHost()], rules), at(10));
    expect(world.booked(await move(token, at(10, 30))).startsAt.getTime()).toBe(at(10, 30));
  });

  it('is refused by who was there first, by the rules, and once it is cancelled', async () => {
    const type = await world.addType([await world.addHost()], { horizon: 48 * HOUR });
    const { token } = await booked(type, at(9));
    await world.hold(type, at(10));
    expect((await move(token, at(10))).is).toBe('SlotTaken');
    for (const start of [at(11, 15), at(8), at(7, 0, -1), at(10, 0, 5)]) {
      expect((await move(token, start)).is).toBe('SlotNotOffered');
    }
    await world.bookings.cancel(token, null);
    expect((await move(token, at(12))).is).toBe('BookingNotFound');
  });

  it('finds conflicts that nobody had heard of', async () => {
    const host = await world.addHost();
    const calendar = await world.addCalendar(host);
    const { token } = await booked(await world.addType([host]), at(9));
    world.provider.answers = async (calendars) => {
      await world.addEvent(calendar, at(11), at(12));
      return calendars;
    };
    expect((await move(token, at(11))).is).toBe('SlotTaken');
    expect(await world.takenOf(host)).toEqual([{ kind: 'booking', start: at(9) }]);
  });

  it('waits for calendars that cannot be read, but for the rules it need not', async () => {
    const host = await world.addHost();
    const calendar = await world.addCalendar(host);
    const { token } = await booked(await world.addType([host]), at(9));
    world.clock.at += SECOND;
    world.provider.answers = async () => [];
    expect(await move(token, at(11))).toMatchObject({
      is: 'SourceStale',
      issues: [{ code: 'SOURCE_STALE', host, calendar }],
    });
    expect((await move(token, at(11, 15))).is).toBe('SlotNotOffered');
    world.clock.at += HOUR;
    expect((await move(token, at(11))).is).toBe('SourceStale');
    world.provider.answers = async (calendars) => calendars;
    expect((await move(token, at(11))).is).toBe('Booking');
  });

  it('keeps its hosts when they can, else finds others', async () => {
    const hosts = [await world.addHost(), await world.addHost(), await world.addHost()];
    const calendars: string[] = [];
    for (const host of hosts) calendars.push(await world.addCalendar(host));
    const type = await world.addType(hosts, { scheduling: 'ROUND_ROBIN' });
    const { token } = await booked(type, at(9));
    expect(world.booked(await move(token, at(10))).hosts).toEqual([hosts[0]]);
    // Known to be busy: the next is tried at once.
    await world.addEvent(calendars[0] ?? '', at(11), at(12));
    expect(world.booked(await move(token, at(11))).hosts).toEqual([hosts[1]]);
    // Found to be busy: then too.
    world.provider.answers = async (asked) => {
      if (asked.includes(calendars[1] ?? '')) await world.addEvent(calendars[1] ?? '', at(12), at(13));
      return asked;
    };
    const last = world.booked(await move(token, at(12)));
    expect(last.hosts).toEqual([hosts[0]]);
    expect(await world.takenOf(hosts[1] ?? '')).toEqual([]);
  });

  it('follows the team as it is now', async () => {
    const [ada, bob] = [await world.addHost(), await world.addHost()];
    const type = await world.addType([ada], { scheduling: 'COLLECTIVE' });
    const { token } = await booked(type, at(9));
    await world.changeType(type, [ada, bob], { scheduling: 'COLLECTIVE', length: 30 * MINUTE });
    const moved = world.booked(await move(token, at(10)));
    expect(moved.hosts).toEqual([ada, bob]);
    // A booking keeps the length that it has.
    expect(moved.endsAt.getTime()).toBe(at(11));
  });

  it('is one of many that want the same', async () => {
    const type = await world.addType([await world.addHost()]);
    const tokens: string[] = [];
    for (const hour of [9, 10, 11, 12]) tokens.push((await booked(type, at(hour))).token);
    const results = await Promise.all(tokens.map(async (token) => (await move(token, at(14))).is));
    expect(results.sort()).toEqual(['Booking', 'SlotTaken', 'SlotTaken', 'SlotTaken']);
  });
});

describe('a host', () => {
  it('may put a booking where there is one already', async () => {
    const host = await world.addHost();
    const type = await world.addType([host]);
    const [first, second] = [await booked(type, at(9)), await booked(type, at(10))];
    const keys = await world.store.$transaction(async (tx) => {
      await lockHosts(tx, [host]);
      const booking = await lockBooking(tx, second.id);
      if (!booking) throw new Error('gone');
      const to = { start: at(9, 15), end: at(9, 30), hosts: [host], by: 'host' as const };
      return world.deps.changes.move(tx, booking, to, NOW);
    });
    expect(keys).toEqual([`native:${host}`]);
    expect(await world.takenOf(host)).toEqual([
      { kind: 'booking', start: at(9) },
      { kind: 'booking', start: at(9, 15) },
    ]);
    // Both count; the attendee of the first can still go away.
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotTaken');
    expect((await move(first.token, at(12))).is).toBe('Booking');
    expect((await world.bookings.hold(type, at(9), VISITOR)).is).toBe('SlotTaken');
  });
});
