/** Online meetings of bookings, made with the event in a host's calendar: their link, late or never, and what becomes of it later. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Booking } from '../../../src/store/bookings/bookings.ts';
import { HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { at, createRoom, type Room, type RoomHost } from './world.fixture.ts';

let room: Room;
let hour = 0;
beforeAll(async () => {
  room = await createRoom();
});
afterEach(() => room.simulator.faults.clear());
afterAll(() => room?.close());

const shownTo = (host: RoomHost, booking: Booking) =>
  room.events(host).find(({ start }) => start === booking.startsAt.getTime())?.event.extra ?? {};
/** The link that the provider shows with the host's event. */
function linkOf(host: RoomHost, booking: Booking): string | undefined {
  const { hangoutLink, onlineMeeting } = shownTo(host, booking) as {
    hangoutLink?: string;
    onlineMeeting?: { joinUrl: string } | null;
  };
  return hangoutLink ?? onlineMeeting?.joinUrl;
}
/** The text of the place in the host's event. */
const placeOf = (host: RoomHost, booking: Booking) => JSON.stringify(shownTo(host, booking).location ?? '');
const received = () => room.received.splice(0);

describe.each([
  ['google', 'GOOGLE_MEET', 'microsoft'],
  ['microsoft', 'MICROSOFT_TEAMS', 'google'],
] as const)('an online meeting made by %s', (provider, placeKind, another) => {
  let maker: RoomHost;
  let stranger: RoomHost;
  beforeAll(async () => {
    maker = await room.connect(provider, `maker-${provider}`);
    stranger = await room.connect(another, `stranger-${provider}`);
  });
  const book = (...hosts: RoomHost[]) => {
    received();
    return room.book(
      hosts.map(({ host }) => host),
      ++hour * 10,
      { placeKind },
    );
  };

  it('is the place of the booking, in its own event and in those of the other hosts', async () => {
    const booking = await book(stranger, maker);
    expect(booking).toMatchObject({ place: null, placeError: null });
    await room.work();
    const link = linkOf(maker, booking);
    expect(link).toMatch(/^https:\/\//);
    expect(await room.booking(booking)).toMatchObject({ place: link, placeError: null, sequence: 1 });
    expect(placeOf(stranger, booking)).toContain(link);
    expect(linkOf(stranger, booking)).toBeUndefined();
    expect(received()).toEqual(['BOOKING_UPDATED']);
    expect(await room.rows(booking)).toMatchObject([
      { status: 'WRITTEN', dueAt: null },
      { status: 'WRITTEN', dueAt: null },
    ]);
  });

  it('is moved and cancelled with the booking', async () => {
    const booking = await book(maker);
    await room.work();
    const { place } = await room.booking(booking);
    await room.move(booking, ++hour * 10);
    await room.work();
    const moved = await room.booking(booking);
    expect(moved.place).toBe(place);
    expect(linkOf(maker, moved)).toBe(place);
    expect(received()).toEqual(['BOOKING_UPDATED', 'BOOKING_RESCHEDULED']);
    await room.cancel(moved);
    await room.work();
    expect(linkOf(maker, moved)).toBeUndefined();
  });

  it('is made anew when another host gets the booking', async () => {
    const other = await room.connect(provider, `other-${provider}-${hour}`);
    const booking = await book(maker, stranger);
    await room.work();
    const { place: first } = await room.booking(booking);
    await room.move(booking, hour * 10, [other.host.id, stranger.host.id]);
    expect((await room.booking(booking)).place).toBeNull();
    await room.work();
    const { place: second } = await room.booking(booking);
    expect(second).toMatch(/^https:\/\//);
    expect(second).not.toBe(first);
    expect(linkOf(other, booking)).toBe(second);
    expect(linkOf(maker, booking)).toBeUndefined();
    expect(placeOf(stranger, booking)).toContain(second);
  });

  it('is the place once the provider has made it, and is asked for until then', async () => {
    room.simulator.faults.add({ kind: 'conferences' });
    const booking = await book(maker, stranger);
    await room.work();
    expect(await room.booking(booking)).toMatchObject({ place: null, placeError: null });
    expect(await room.rows(booking)).toContainEqual(
      expect.objectContaining({ status: 'WRITTEN', dueAt: new Date(room.clock.at + 5 * SECOND) }),
    );
    room.clock.at += 5 * SECOND;
    await room.work();
    expect((await room.booking(booking)).place).toBeNull();
    room.simulator.faults.clear();
    room.clock.at += 5 * SECOND;
    await room.work();
    const { place } = await room.booking(booking);
    expect(place).toMatch(/^https:\/\//);
    expect(linkOf(maker, booking)).toBe(place);
    expect(placeOf(stranger, booking)).toContain(place);
    expect(received()).toEqual(['BOOKING_UPDATED']);
    for (const row of await room.rows(booking))
      expect(row).toMatchObject({ dueAt: null, conferenceUntil: null });
  });

  it('is asked for no more after an hour, and the booking says so', async () => {
    room.simulator.faults.add({ kind: 'conferences' });
    const booking = await book(maker);
    await room.work();
    let reads = 0;
    for (let row = await room.row(booking); row.dueAt; row = await room.row(booking)) {
      room.clock.at = row.dueAt.getTime();
      await room.work();
      reads += 1;
    }
    expect(reads).toBeLessThan(30);
    expect(await room.booking(booking)).toMatchObject({
      ...{ status: 'CONFIRMED', place: null },
      placeError: 'no online meeting: the provider did not make it within an hour',
    });
  });

  it('may be missing: the booking stands, says why, and has one after the next change', async () => {
    room.simulator.faults.add({ kind: 'conferences', effect: 'failure' });
    const booking = await book(maker);
    await room.work();
    expect(await room.booking(booking)).toMatchObject({
      ...{ status: 'CONFIRMED', place: null },
      placeError: expect.stringMatching(/^no online meeting: /),
    });
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', dueAt: null });
    expect(room.events(maker).some(({ start }) => start === booking.startsAt.getTime())).toBe(true);
    room.simulator.faults.clear();
    await room.move(booking, ++hour * 10);
    await room.work();
    expect(await room.booking(booking)).toMatchObject({
      ...{ place: expect.stringMatching(/^https:/), placeError: null },
    });
  });

  it('is kept, and awaited, when its host moves the event', async () => {
    room.simulator.faults.add({ kind: 'conferences' });
    await room.pull(maker);
    const booking = await book(maker);
    await room.work();
    await room.pull(maker);
    const { externalId } = await room.row(booking);
    const start = at(++hour * 10);
    room.world.moveEvent(maker.calendar.externalId, externalId ?? '', start, start + HOUR);
    await room.pull(maker);
    await room.work();
    expect((await room.booking(booking)).startsAt.getTime()).toBe(start);
    room.simulator.faults.clear();
    room.clock.at += MINUTE;
    await room.work();
    const moved = await room.booking(booking);
    expect(moved.place).toMatch(/^https:/);
    expect(linkOf(maker, moved)).toBe(moved.place);
  });

  it('is known by one request too when the answer to the first was lost', async () => {
    const path = '/events$';
    room.simulator.faults.add({ kind: 'answer', path, method: 'POST', applied: true, cut: true });
    const booking = await book(maker);
    await room.work();
    expect((await room.booking(booking)).place).toBeNull();
    room.clock.at += MINUTE;
    await room.work();
    const link = linkOf(maker, booking);
    expect(link).toMatch(/^https:/);
    expect((await room.booking(booking)).place).toBe(link);
  });

  it('is not to be had where no host has a calendar that makes it', async () => {
    const booking = await book(stranger);
    expect(await room.booking(booking)).toMatchObject({
      place: null,
      placeError: 'no online meeting: no booking calendar of its hosts makes such meetings',
    });
    await room.work();
    expect(linkOf(stranger, booking)).toBeUndefined();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', dueAt: null });
    expect(received()).toEqual([]);
  });
});
