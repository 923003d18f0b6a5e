/** What mails say of an online meeting whose link its provider makes with the event, or later. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Booking } from '../../src/store/bookings/bookings.ts';
import { SECOND } from '../../src/time/clock.ts';
import { createMailWorld, type MailWorld, NOW } from './world.fixture.ts';

let world: MailWorld;
beforeAll(async () => {
  world = await createMailWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(() => world.empty());

const LINK = 'https://meet.google.com/abc-defg-hij';
const VISITOR = 'eve@example.org';
const GUEST = 'bob@example.org';
const HOST = 'ada@example.com';
const MEET = { placeKind: 'GOOGLE_MEET' as const, guests: [GUEST] };

const linked = (booking: Booking): Booking => ({
  ...booking,
  place: LINK,
  sequence: booking.sequence + 1,
});
/** Sends all that is due. @returns subject and text of each mail, by the address that it went to */
async function sent() {
  const before = world.server.taken.length;
  await world.work();
  const mails = await world.taken();
  return mails.slice(before).map(({ subject, text }, at) => ({
    to: world.server.taken[before + at]?.to[0],
    ...{ subject, text: text?.replace(/\s+/g, ' ') ?? '' },
  }));
}

describe('news of a booking at Google Meet', () => {
  it('waits for the link, and has it, when it comes with the event', async () => {
    const booking = await world.addBooking(MEET);
    await world.plan('BOOKING_CREATED', booking);
    expect(await sent()).toEqual([]);
    world.clock.at += SECOND;
    expect(await world.plan('BOOKING_UPDATED', linked(booking))).toEqual([]);
    const mails = await sent();
    expect(mails.map(({ to }) => to).sort()).toEqual([HOST, GUEST, VISITOR].sort());
    for (const { text, subject } of mails) {
      expect(text).toContain(LINK);
      expect(subject).not.toMatch(/^Link/);
    }
    world.clock.at += 60 * SECOND;
    expect(await sent()).toEqual([]);
  });

  it('waits no longer than 20 seconds, and the link has a mail of its own, with the invitation', async () => {
    const booking = await world.addBooking(MEET);
    await world.plan('BOOKING_CREATED', booking);
    world.clock.at = NOW + 20 * SECOND;
    for (const { text } of await sent()) {
      expect(text).toContain('The link follows in a mail of its own');
      expect(text).not.toContain('meet.google.com');
    }
    expect(await world.plan('BOOKING_UPDATED', linked(booking))).toHaveLength(3);
    const mails = await sent();
    expect(mails.map(({ to }) => to).sort()).toEqual([HOST, GUEST, VISITOR].sort());
    for (const { text, subject, to } of mails) {
      expect(subject).toBe(`Link: Intro, Sun, Nov 22 ${to === HOST ? '12:00 PM' : '1:00 PM'}`);
      expect(text).toContain(LINK);
      expect(text.includes('.signed')).toBe(to === VISITOR);
    }
    const raw = world.server.taken.findLast(({ to }) => to[0] === VISITOR)?.raw ?? '';
    expect(raw).toContain('METHOD:REQUEST');
  });

  it('says that it was moved, and from when, although the link came meanwhile', async () => {
    const booking = await world.addBooking(MEET);
    const moved = { ...booking, startsAt: new Date(booking.startsAt.getTime() + 60 * SECOND), sequence: 1 };
    await world.plan('BOOKING_RESCHEDULED', moved, { before: booking });
    await world.plan('BOOKING_UPDATED', linked(moved));
    const mail = (await sent()).find(({ to }) => to === VISITOR);
    expect(mail?.subject).toMatch(/^Moved: /);
    expect(mail?.text).toContain(LINK);
    expect(mail?.text).toContain('Before');
  });

  it('waits for nothing where no meeting can be made', async () => {
    const placeError = 'no online meeting: no booking calendar of its hosts makes such meetings';
    await world.plan('BOOKING_CREATED', await world.addBooking({ ...MEET, placeError }));
    const mails = await sent();
    expect(mails).toHaveLength(3);
    for (const { text } of mails) expect(text).not.toContain('The link follows');
  });
});
