import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/time/clock.ts';
import { at, createWorld, NOW, VISITOR, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());
beforeEach(() => {
  world.clock.at = NOW;
});

const move = (token: string, start: number) => world.bookings.reschedule(token, start, VISITOR);
const status = async (token: string) => (await world.bookings.byToken(token))?.status;

it('keeps visitors from moving and cancelling a booking that begins sooner, and asks no provider', async () => {
  const host = await world.addHost();
  await world.addCalendar(host);
  const type = await world.addType([host], { changeNotice: 2 * HOUR });
  const { token } = await world.book(type, at(12));
  world.clock.at = at(10);
  expect(world.booked(await move(token, at(13))).startsAt.getTime()).toBe(at(13));
  world.clock.at = at(11);
  expect(world.booked(await move(token, at(12))).startsAt.getTime()).toBe(at(12));
  world.provider.asked.length = 0;
  expect((await move(token, at(15))).is).toBe('ChangeTooLate');
  expect((await world.bookings.cancel(token, 'Ill')).is).toBe('ChangeTooLate');
  world.clock.at = at(20);
  expect((await world.bookings.cancel(token, 'Too late')).is).toBe('ChangeTooLate');
  expect(world.provider.asked).toEqual([]);
  expect(await status(token)).toBe('CONFIRMED');
});

it('does not bind operators, and answers a cancelled booking as it is', async () => {
  const type = await world.addType([await world.addHost()], { changeNotice: 24 * HOUR });
  const { token, id } = await world.book(type, at(12));
  expect((await world.bookings.cancel(token, null)).is).toBe('ChangeTooLate');
  const moved = world.booked(await world.bookings.moveById('org', id, at(14), VISITOR));
  expect([moved.startsAt.getTime(), moved.movedBy]).toEqual([at(14), 'operator']);
  expect(world.booked(await world.bookings.cancelById('org', id, 'Ill'))).toMatchObject({
    cancelledBy: 'operator',
  });
  expect(world.booked(await world.bookings.cancel(token, null))).toMatchObject({
    status: 'CANCELLED',
    reason: 'Ill',
  });
});

it('binds nobody where the event type has none', async () => {
  const { token } = await world.book(await world.addType([await world.addHost()]), at(9));
  world.clock.at = at(9) - MINUTE;
  expect(world.booked(await world.bookings.cancel(token, null)).status).toBe('CANCELLED');
});
