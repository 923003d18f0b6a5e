import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Booking } from '../../src/store/bookings/bookings.ts';
import { HOUR } from '../../src/time/clock.ts';
import { ATTENDEE, at, createWorld, NOW, VISITOR, type World } from './world.fixture.ts';

const MOST = 2;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const limitedType = async (more = {}) =>
  world.addType([await world.addHost()], { seats: 100, maxPerAttendee: MOST, ...more });

async function book(type: string, email: string, caller = VISITOR, start = at(10)) {
  const { token } = await world.hold(type, start);
  return world.bookings.confirm(token, { ...ATTENDEE, email }, caller);
}
const isOf = async (result: Promise<{ is: string }>) => (await result).is;

describe('upcoming bookings of one attendee', () => {
  it('are so many per event type, however the address is spelt, for keys as for the public', async () => {
    const type = await limitedType();
    expect(await isOf(book(type, 'eve@example.com'))).toBe('Booking');
    expect(await isOf(book(type, 'Eve+1@example.com'))).toBe('Booking');
    expect(await book(type, 'eve+2@EXAMPLE.com')).toEqual({
      is: 'AttendeeLimit',
      message: expect.any(String),
    });
    expect(await isOf(book(type, 'eve@example.com', { ...VISITOR, booksFor: 'org' }))).toBe('AttendeeLimit');
    expect(await isOf(book(type, 'adam@example.com'))).toBe('Booking');
    expect(await isOf(book(await limitedType(), 'eve@example.com'))).toBe('Booking');
  });

  it('leave the hold alive, for another address to confirm it', async () => {
    const type = await limitedType();
    for (let i = 0; i < MOST; i++) await book(type, 'eve@example.com');
    const { token } = await world.hold(type, at(10));
    const confirm = (email: string) => isOf(world.bookings.confirm(token, { ...ATTENDEE, email }, VISITOR));
    expect([await confirm('eve@example.com'), await confirm('adam@example.com')]).toEqual([
      'AttendeeLimit',
      'Booking',
    ]);
  });

  it('never pass the limit when many are confirmed at once', async () => {
    const type = await world.addType([await world.addHost(), await world.addHost()], {
      scheduling: 'ROUND_ROBIN',
      seats: 100,
      maxPerAttendee: MOST,
    });
    const holds = await Promise.all(Array.from({ length: 8 }, () => world.hold(type, at(11))));
    const answers = await Promise.all(
      holds.map(({ token }) => isOf(world.bookings.confirm(token, ATTENDEE, VISITOR))),
    );
    expect(answers.filter((answer) => answer === 'Booking')).toHaveLength(MOST);
    expect(answers.filter((answer) => answer === 'AttendeeLimit')).toHaveLength(8 - MOST);
  });

  it('free a place when one is cancelled or begins, and moving one needs none', async () => {
    const type = await limitedType();
    const booked: (Booking & { token: string })[] = [];
    for (const hour of [9, 10]) {
      booked.push(world.booked(await book(type, ATTENDEE.email, VISITOR, at(hour))));
    }
    const [first, second] = booked.map(({ token }) => token);
    expect(await isOf(world.bookings.reschedule(second ?? '', at(12), VISITOR))).toBe('Booking');
    expect(await isOf(book(type, ATTENDEE.email))).toBe('AttendeeLimit');
    await world.bookings.cancel(second ?? '', null);
    expect(await isOf(book(type, ATTENDEE.email, VISITOR, at(13)))).toBe('Booking');
    world.clock.at = NOW + HOUR;
    expect(await isOf(book(type, ATTENDEE.email, VISITOR, at(14)))).toBe('Booking');
    expect(await isOf(world.bookings.reschedule(first ?? '', at(15), VISITOR))).toBe('AttendeeLimit');
    world.clock.at = NOW;
  });
});
