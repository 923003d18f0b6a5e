import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AccountStatus } from '../../../src/store/access/accounts.ts';
import type { Booking } from '../../../src/store/bookings/bookings.ts';
import { DAY, HOUR, SECOND } from '../../../src/time/clock.ts';
import { at, createRoom, type Room, type RoomHost } from './world.fixture.ts';

let room: Room;
beforeAll(async () => {
  room = await createRoom();
});
afterEach(() => room.simulator.faults.clear());
afterAll(() => room?.close());

describe.each(['google', 'microsoft'] as const)('what a host does in a calendar of %s', (provider) => {
  let host: RoomHost;
  let hour = 0;
  beforeAll(async () => {
    host = await room.connect(provider, `host-${provider}`);
    await room.pull(host);
  });

  /** Written, read back, and quiet. */
  async function written(...others: RoomHost[]): Promise<{ booking: Booking; event: string; start: number }> {
    const booking = await room.book([host.host, ...others.map((other) => other.host)], ++hour * 24);
    await room.work();
    await room.pull(host, ...others);
    await room.work();
    const { externalId } = await room.row(booking);
    return { booking, event: externalId ?? '', start: booking.startsAt.getTime() };
  }
  const follow = async (...others: RoomHost[]) => {
    await room.pull(host, ...others);
    await room.work();
  };
  const stored = async (booking: Booking) => {
    const { status, startsAt, endsAt, cancelledBy } = await room.booking(booking);
    return { status, start: startsAt.getTime(), end: endsAt.getTime(), cancelledBy };
  };
  /** Reads and writes of events since, but those of pulls. */
  const counting = () => {
    const before = room.asked().length;
    return () =>
      room
        .asked()
        .slice(before)
        .filter(({ method, path }) => method !== 'GET' || /\/events\/[^/]+$|calendarView$/.test(path))
        .map(({ method }) => method);
  };
  const received = () => room.received.splice(0);
  const LOOK = provider === 'google' ? ['GET'] : ['GET', 'GET'];

  it('is nothing when we wrote it ourselves', async () => {
    const asked = counting();
    const { booking } = await written();
    await room.move(booking, hour * 24 + 2);
    await follow();
    await follow();
    expect(asked()).toEqual(['POST', 'GET', 'PATCH']);
    expect((await stored(booking)).start).toBe(at(hour * 24 + 2));
    await room.cancel(await room.booking(booking));
    await follow();
    expect(asked().slice(-1)).toEqual(['DELETE']);
    await follow();
    expect(asked().filter((method) => method === 'DELETE')).toHaveLength(1);
  });

  it('moves the booking', async () => {
    const { booking, event, start } = await written();
    received();
    const asked = counting();
    room.world.moveEvent(host.calendar.externalId, event, start + 3 * HOUR, start + 5 * HOUR);
    await follow();
    const moved = { status: 'CONFIRMED', start: start + 3 * HOUR, end: start + 5 * HOUR, cancelledBy: null };
    expect(await stored(booking)).toEqual(moved);
    expect(received()).toEqual(['BOOKING_RESCHEDULED']);
    expect(await room.row(booking)).toMatchObject({
      status: 'WRITTEN',
      dueAt: null,
      writtenAt: expect.any(Date),
    });
    const [native] = await room.store.nativeTime.findMany({ where: { ownerId: booking.id, validTo: null } });
    expect(native).toMatchObject({ byHost: true, startsAt: new Date(start + 3 * HOUR) });
    expect(await room.busy(host)).toEqual([]);
    await follow();
    expect(asked()).toEqual(LOOK);
    expect(received()).toEqual([]);
  });

  it('cancels the booking', async () => {
    const { booking, event } = await written();
    received();
    const asked = counting();
    room.world.deleteEvent(host.calendar.externalId, event);
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED', cancelledBy: 'host' });
    expect(received()).toEqual(['BOOKING_CANCELLED']);
    expect(await room.row(booking)).toMatchObject({ wanted: 'absent', status: 'WRITTEN', dueAt: null });
    await follow();
    expect(asked()).toEqual(['GET']);
    // Brought back, it is an event like any other.
    room.world.restoreEvent(host.calendar.externalId, event, {});
    await follow();
    expect(await room.busy(host)).toEqual([booking.startsAt.getTime(), booking.endsAt.getTime()]);
    expect(asked()).toEqual(['GET']);
    room.world.deleteEvent(host.calendar.externalId, event);
    await follow();
  });

  it('moves and cancels over other bookings of the same host', async () => {
    const one = await written();
    const two = await written();
    room.world.moveEvent(host.calendar.externalId, two.event, one.start, one.start + HOUR);
    await follow();
    expect(await stored(two.booking)).toMatchObject({ start: one.start });
    room.world.deleteEvent(host.calendar.externalId, one.event);
    await follow();
    expect(await stored(one.booking)).toMatchObject({ status: 'CANCELLED' });
    expect(await stored(two.booking)).toMatchObject({ status: 'CONFIRMED', start: one.start });
  });

  it('is looked at once when it only seems gone: marked as free', async () => {
    const { booking, event, start } = await written();
    const asked = counting();
    room.world.updateEvent(host.calendar.externalId, event, { showAs: 'free' });
    for (let pulls = 0; pulls < 3; pulls++) await follow();
    expect(asked()).toEqual(LOOK);
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED', start });
    // It is followed all the same.
    room.world.moveEvent(host.calendar.externalId, event, start + HOUR, start + 2 * HOUR);
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED', start: start + HOUR });
    room.world.deleteEvent(host.calendar.externalId, event);
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED' });
  });

  it('is followed when it was free for a while', async () => {
    const { booking, event } = await written();
    room.world.updateEvent(host.calendar.externalId, event, { showAs: 'free' });
    await follow();
    room.world.updateEvent(host.calendar.externalId, event, { showAs: 'busy' });
    await follow();
    expect(await room.row(booking)).toMatchObject({ checked: null });
    room.world.deleteEvent(host.calendar.externalId, event);
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED' });
  });

  it('is found by a pull that reads everything anew', async () => {
    const [moved, deleted, freed] = [await written(), await written(), await written()];
    room.simulator.faults.add({ kind: 'expire-cursors', calendar: host.calendar.externalId });
    room.world.moveEvent(host.calendar.externalId, moved.event, moved.start + HOUR, moved.start + 2 * HOUR);
    room.world.deleteEvent(host.calendar.externalId, deleted.event);
    room.world.updateEvent(host.calendar.externalId, freed.event, { showAs: 'free' });
    await follow();
    expect(await stored(moved.booking)).toMatchObject({ start: moved.start + HOUR });
    expect(await stored(deleted.booking)).toMatchObject({ status: 'CANCELLED' });
    expect(await stored(freed.booking)).toMatchObject({ status: 'CONFIRMED' });
    const asked = counting();
    room.simulator.faults.add({ kind: 'expire-cursors', calendar: host.calendar.externalId });
    await follow();
    expect(asked()).toEqual([]);
    room.simulator.faults.add({ kind: 'expire-cursors', calendar: host.calendar.externalId });
    room.world.deleteEvent(host.calendar.externalId, freed.event);
    await follow();
    expect(await stored(freed.booking)).toMatchObject({ status: 'CANCELLED' });
  });

  it('is taken as it is: whole days, the first instance of a series, but no moment without length', async () => {
    const { booking, event, start } = await written();
    const { externalId } = host.calendar;
    const date = (day: number) => new Date(start + day * DAY).toISOString().slice(0, 10);
    room.world.updateEvent(externalId, event, { allDay: { start: date(1), end: date(2) } });
    await follow();
    const midnight = Date.parse(`${date(1)}T00:00:00Z`) - HOUR;
    expect(await stored(booking)).toMatchObject({ start: midnight, end: midnight + DAY });

    room.world.moveEvent(externalId, event, start, start + HOUR);
    room.world.updateEvent(externalId, event, { series: { every: 'day', count: 3 } });
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED', start, end: start + HOUR });
    room.world.updateEvent(externalId, event, { series: null });
    await follow();
    room.world.moveEvent(externalId, event, start + 2 * HOUR, start + 2 * HOUR);
    await follow();
    expect(await stored(booking)).toMatchObject({ start, end: start + HOUR });
    room.world.deleteEvent(externalId, event);
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED' });
  });

  it('gives way to what the attendee changed meanwhile', async () => {
    const { booking, event, start } = await written();
    room.world.moveEvent(host.calendar.externalId, event, start + HOUR, start + 2 * HOUR);
    await room.move(booking, hour * 24 + 5);
    await follow();
    expect(await stored(booking)).toMatchObject({ start: start + 5 * HOUR });
    expect(room.world.event(host.calendar.externalId, event)).toMatchObject({ start: start + 5 * HOUR });
  });

  it('gives way to what the attendee changed while it was looked at', async () => {
    const { booking, event, start } = await written();
    room.world.moveEvent(host.calendar.externalId, event, start + HOUR, start + 2 * HOUR);
    await room.pull(host);
    const { id } = await room.row(booking);
    let meanwhile: (() => Promise<void>) | null = () => room.move(booking, hour * 24 + 5);
    const writer = room.withPort(provider, (port) => ({
      async getEvent(request) {
        const found = await port.getEvent(request);
        await meanwhile?.();
        meanwhile = null;
        return found;
      },
    }));
    await writer.write(id);
    expect(await stored(booking)).toMatchObject({ start: start + 5 * HOUR });
    expect(room.world.event(host.calendar.externalId, event)).toMatchObject({ start: start + 5 * HOUR });
  });

  it('is seen though it was done and read while we were writing', async () => {
    const { booking, event, start } = await written();
    await room.move(booking, hour * 24 + 5);
    const { id } = await room.row(booking);
    const during = (act: () => void) =>
      room.withPort(provider, (port) => ({
        async update(request) {
          const done = await port.update(request);
          act();
          await room.pull(host);
          return done;
        },
      }));
    const { externalId } = host.calendar;
    await during(() => room.world.moveEvent(externalId, event, start + 7 * HOUR, start + 8 * HOUR)).write(id);
    expect(await stored(booking)).toMatchObject({ start: start + 7 * HOUR });
    await room.move(await room.booking(booking), hour * 24 + 6);
    await during(() => room.world.deleteEvent(externalId, event)).write(id);
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED', cancelledBy: 'host' });
  });

  it('cancels what is to be moved, when the event is gone', async () => {
    const { booking, event } = await written();
    room.world.deleteEvent(host.calendar.externalId, event);
    await room.move(booking, hour * 24 + 5);
    await room.work();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED', cancelledBy: 'host' });
    expect(await room.row(booking)).toMatchObject({ wanted: 'absent', status: 'WRITTEN', dueAt: null });
  });

  it('is not guessed at as long as the whole calendar can not be read', async () => {
    const { booking, event } = await written();
    const { id } = host.calendar;
    room.world.deleteEvent(host.calendar.externalId, event);
    await room.store.calendarState.update({ where: { calendarId: id }, data: { trouble: 'unreachable' } });
    await room.move(booking, hour * 24 + 5);
    await room.work();
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED' });
    expect(await room.row(booking)).toMatchObject({ status: 'PENDING', failures: 1 });
    await room.store.calendar.update({ where: { id }, data: { removed: true } });
    room.clock.at += 10 * SECOND;
    await room.work();
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED' });
    expect(await room.row(booking)).toMatchObject({ status: 'FAILED' });
    await room.store.calendar.update({ where: { id }, data: { removed: false } });
    await room.pull(host);
    await room.store.bookingWrite.updateMany({
      where: { bookingId: booking.id },
      data: { dueAt: new Date(room.clock.at) },
    });
    await room.work();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED', cancelledBy: 'host' });
  });

  it('is followed at the other hosts', async () => {
    const other = await room.connect(provider === 'google' ? 'microsoft' : 'google', `other-of-${provider}`);
    const { booking, event, start } = await written(other);
    const asked = counting();
    room.world.moveEvent(host.calendar.externalId, event, start + 3 * HOUR, start + 4 * HOUR);
    await follow(other);
    expect(room.events(other)).toMatchObject([{ start: start + 3 * HOUR }]);
    for (let pulls = 0; pulls < 2; pulls++) await follow(other);
    expect(asked()).toEqual([...LOOK, 'GET', 'PATCH']);
    room.world.deleteEvent(other.calendar.externalId, room.events(other)[0]?.event.id ?? '');
    await follow(other);
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED', cancelledBy: 'host' });
    expect(room.world.event(host.calendar.externalId, event)).toMatchObject({ deleted: true });
    expect((await room.rows(booking)).map(({ status, dueAt }) => [status, dueAt])).toEqual([
      ['WRITTEN', null],
      ['WRITTEN', null],
    ]);
  });

  it('is looked at again when the provider was down', async () => {
    const { booking, event } = await written();
    room.world.deleteEvent(host.calendar.externalId, event);
    await room.pull(host);
    room.simulator.faults.add({ kind: 'answer', path: '/events/[^/]+$', status: 503 });
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', failures: 1 });
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED' });
    room.clock.at += 6 * SECOND;
    await room.work();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED' });
  });

  it('is looked at once the grant is back', async () => {
    const { booking, event } = await written();
    room.world.deleteEvent(host.calendar.externalId, event);
    await room.pull(host);
    const status = (to: AccountStatus) =>
      room.store.account.update({ where: { id: host.account }, data: { status: to } });
    await status('AUTH_REVOKED');
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', dueAt: null, checked: null });
    await status('CONNECTED');
    await follow();
    expect(await stored(booking)).toMatchObject({ status: 'CANCELLED' });
  });

  it('to a booking that is over is nobody’s business', async () => {
    const { booking, event } = await written();
    const now = room.clock.at;
    room.clock.at = booking.endsAt.getTime() + 1;
    const asked = counting();
    room.world.deleteEvent(host.calendar.externalId, event);
    await follow();
    expect(asked()).toEqual([]);
    expect(await stored(booking)).toMatchObject({ status: 'CONFIRMED' });
    room.clock.at = now;
  });
});
