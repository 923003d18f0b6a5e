import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertCalendar } from '../../../src/store/calendars/calendars.ts';
import { HOUR } from '../../../src/time/clock.ts';
import { at, createRoom, NOW, type Room, type RoomHost } from './world.fixture.ts';

let room: Room;
let ada: RoomHost;
let bob: RoomHost;
beforeAll(async () => {
  room = await createRoom();
  ada = await room.connect('google', 'ada');
  bob = await room.connect('microsoft', 'bob');
});
afterAll(() => room?.close());

const jobs = async () => {
  const rows = await room.store.$queryRaw<{ key: string }[]>`
    select key from graphile_worker.jobs where task_identifier = 'write'`;
  return rows.map(({ key }) => key);
};

describe('a booking', () => {
  it('wants one event in each host’s calendar, due at once', async () => {
    const booking = await room.book([ada.host, bob.host], 1);
    const rows = await room.rows(booking);
    expect(rows).toMatchObject([
      { hostId: ada.host.id, calendarId: ada.calendar.id, accountId: ada.account, provider: 'google' },
      { hostId: bob.host.id, calendarId: bob.calendar.id, accountId: bob.account, provider: 'microsoft' },
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ wanted: 'present', revision: 1, doneRevision: 0, status: 'PENDING' });
      expect(row.dueAt).toEqual(new Date(NOW));
      expect(row.ownId).toBe(row.id);
      expect(row.ownId.length).toBeLessThanOrEqual(64);
      expect(await jobs()).toContain(`write:${row.id}`);
    }
  });

  it('wants nothing of hosts without calendars', async () => {
    const host = await room.addHost('alone');
    expect(await room.rows(await room.book([host], 2))).toEqual([]);
  });

  it('that moved wants its events changed', async () => {
    const booking = await room.book([ada.host], 3);
    await room.move(booking, 5);
    expect(await room.rows(booking)).toMatchObject([{ wanted: 'present', revision: 2, status: 'PENDING' }]);
  });

  it('that was cancelled before anybody heard of it needs no work', async () => {
    const booking = await room.book([ada.host], 6);
    await room.cancel(booking);
    expect(await room.rows(booking)).toMatchObject([
      { wanted: 'absent', revision: 2, doneRevision: 2, status: 'WRITTEN', dueAt: null },
    ]);
  });

  it('that was cancelled after somebody tried to write it wants its event gone', async () => {
    const booking = await room.book([ada.host], 6);
    await room.store.bookingWrite.updateMany({
      where: { bookingId: booking.id },
      data: { triedRevision: 1, dueAt: null },
    });
    await room.cancel(booking);
    expect(await room.rows(booking)).toMatchObject([
      { wanted: 'absent', doneRevision: 0, dueAt: new Date(NOW) },
    ]);
  });

  it('that goes to another host wants it there, and gone here', async () => {
    const booking = await room.book([ada.host], 7);
    await room.store.bookingWrite.updateMany({
      where: { bookingId: booking.id },
      data: { triedRevision: 1 },
    });
    await room.move(booking, 8, [bob.host.id]);
    const wanted = async () =>
      Object.fromEntries((await room.rows(booking)).map(({ hostId, wanted }) => [hostId, wanted]));
    expect(await wanted()).toEqual({ [ada.host.id]: 'absent', [bob.host.id]: 'present' });
    await room.move(await room.booking(booking), 9, [ada.host.id]);
    expect(await wanted()).toEqual({ [ada.host.id]: 'present', [bob.host.id]: 'absent' });
  });
});

describe('the calendar that a booking is written to', () => {
  const set = (host: string, calendar: string | null) =>
    room.store.host.update({ where: { id: host }, data: { bookingCalendarId: calendar } });
  const side = async (of: RoomHost, name: string, more: object = {}) => {
    const account = await room.store.account.findUniqueOrThrow({ where: { id: of.account } });
    return insertCalendar(room.store, account, {
      ...{ externalId: name, name, timeZone: null, primary: false, writable: true, watchable: true },
      ...more,
    });
  };
  const calendarOf = async (of: RoomHost, hour: number) =>
    (await room.rows(await room.book([of.host], hour)))[0]?.calendarId ?? null;

  it('is the one that was set, as long as it can be written to', async () => {
    const cid = await room.connect('google', 'cid');
    const other = await side(cid, 'other');
    await set(cid.host.id, other.id);
    expect(await calendarOf(cid, 1)).toBe(other.id);
    for (const [i, data] of [{ writable: false }, { writable: true, removed: true }].entries()) {
      await room.store.calendar.update({ where: { id: other.id }, data });
      expect(await calendarOf(cid, 2 + i)).toBe(cid.calendar.id);
    }
    await set(cid.host.id, cid.host.id.replace('host_', 'cal_'));
    expect(await calendarOf(cid, 4)).toBeNull();
    await set(cid.host.id, null);
    await room.store.account.update({ where: { id: cid.account }, data: { status: 'AUTH_REVOKED' } });
    expect(await calendarOf(cid, 5)).toBeNull();
  });

  it('stays the same for a booking that has an event there', async () => {
    const dan = await room.connect('google', 'dan');
    const other = await side(dan, 'elsewhere');
    const booking = await room.book([dan.host], 1);
    await set(dan.host.id, other.id);
    await room.store.account.update({ where: { id: dan.account }, data: { status: 'AUTH_REVOKED' } });
    await room.move(booking, 2);
    expect(await room.rows(booking)).toMatchObject([{ calendarId: dan.calendar.id, wanted: 'present' }]);
    await room.store.account.update({ where: { id: dan.account }, data: { status: 'CONNECTED' } });
    await room.store.calendar.update({ where: { id: dan.calendar.id }, data: { writable: false } });
    await room.move(await room.booking(booking), 3);
    expect(await room.rows(booking)).toMatchObject([
      { calendarId: dan.calendar.id, wanted: 'absent' },
      { calendarId: other.id, wanted: 'present' },
    ]);
  });
});

it('keeps the booking’s times out of its rows', async () => {
  const booking = await room.book([ada.host], 30);
  expect(booking.endsAt.getTime() - booking.startsAt.getTime()).toBe(HOUR);
  expect(booking.startsAt.getTime()).toBe(at(30));
  expect(await room.row(booking)).toMatchObject({ writtenStartsAt: null, writtenAt: null });
});
