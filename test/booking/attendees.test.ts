/** Attendees of bookings that are over, over a real database whose clock stands still. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAttendees } from '../../src/booking/attendees.ts';
import { createLog } from '../../src/log.ts';
import { DAY, MINUTE } from '../../src/time/clock.ts';
import { ATTENDEE, at, createWorld, NOW, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

const attendees = (retention: number | undefined) =>
  createAttendees({ ...world, retention, log: createLog('silent') });
const known = async () =>
  (await world.store.booking.findMany({ where: { attendeeEmail: ATTENDEE.email } })).map(({ id }) => id);

it('blanks attendees once their bookings are over for BOOKING_RETENTION, cancelled ones too, and nobody without it', async () => {
  const host = await world.addHost();
  const type = await world.addType([host]);
  const over = await world.book(type, at(9));
  const cancelled = await world.book(type, at(10));
  await world.bookings.cancel(cancelled.token, 'I am ill');
  const recent = await world.book(type, at(11, 0, 1));
  const end = at(10) + 10 * DAY;
  await attendees(undefined).sweep(end + 365 * DAY);
  expect((await known()).sort()).toEqual([over.id, cancelled.id, recent.id].sort());

  const { sweep } = attendees(10 * DAY);
  await sweep(at(10) + 10 * DAY);
  expect(await known()).toHaveLength(3);
  await sweep(at(11) + 10 * DAY + MINUTE);
  expect(await known()).toEqual([recent.id]);
  expect(await world.store.booking.findUniqueOrThrow({ where: { id: cancelled.id } })).toMatchObject({
    ...{ attendeeName: '', attendeeEmail: '', notes: null, reason: null, status: 'CANCELLED' },
    blankedAt: new Date(at(11) + 10 * DAY + MINUTE),
  });
});

it('blanks many attendees some hundred at a time, while other processes do the same', async () => {
  const host = await world.addHost();
  const type = await world.addType([host]);
  const count = 450;
  await world.store.booking.createMany({
    data: Array.from({ length: count }, (_, n) => ({
      ...{ id: `bkg_${n}`, organisationId: 'org', eventTypeId: type, holdId: `hold_${n}`, hosts: [host] },
      ...{ status: 'CONFIRMED' as const, title: 'Talk', startsAt: new Date(NOW), endsAt: new Date(NOW) },
      ...{ attendeeName: 'Many', attendeeEmail: 'many@example.com', attendeeTimeZone: 'UTC' },
      ...{ createdAt: new Date(NOW), updatedAt: new Date(NOW) },
    })),
  });
  await Promise.all([1, 2, 3].map(() => attendees(DAY).sweep(NOW + DAY + 1)));
  expect(await world.store.booking.count({ where: { attendeeEmail: 'many@example.com' } })).toBe(0);

  await world.store.booking.updateMany({
    where: { id: { startsWith: 'bkg_' }, attendeeName: '', attendeeEmail: '', eventTypeId: type },
    data: { attendeeEmail: 'Many@Example.com', blankedAt: null },
  });
  expect(await attendees(undefined).erase('org', 'many@example.COM')).toBe(count);
});
