/** The mails of bookings that wait until they are accepted. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../src/languages/languages.ts';
import type { Booking } from '../../src/store/bookings/bookings.ts';
import { DAY } from '../../src/time/clock.ts';
import { createMailWorld, type MailWorld, NOW } from './world.fixture.ts';

let world: MailWorld;
beforeAll(async () => {
  world = await createMailWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(() => world.empty());

const VISITOR = 'eve@example.org';
const HOST = 'ada@example.com';

/** Sends all that is due. @returns the mails to an address, in their order */
async function sent(to: string) {
  await world.work();
  const parsed = await world.taken();
  return parsed.filter((_mail, at) => world.server.taken[at]?.to[0] === to);
}
const subjectsOf = async (to: string) => (await sent(to)).map(({ subject }) => subject);

const request = (fields: Parameters<MailWorld['addBooking']>[0] = {}) =>
  world.addBooking({ status: 'PENDING', decideBy: new Date(NOW + 2 * DAY), ...fields });
const moved = (booking: Booking, fields: Partial<Booking> = {}): Booking => ({
  ...booking,
  ...{ startsAt: new Date(NOW + 3 * DAY), endsAt: new Date(NOW + 3 * DAY + 1_800_000) },
  ...{ decideBy: new Date(NOW + 3 * DAY), sequence: booking.sequence + 1 },
  ...fields,
});
const accepted = (booking: Booking): Booking => ({
  ...booking,
  ...{ status: 'CONFIRMED', decideBy: null, sequence: booking.sequence + 1 },
});
const ended = (booking: Booking, fields: Partial<Booking>): Booking => ({
  ...{ ...booking, status: 'DECLINED', sequence: booking.sequence + 1 },
  ...fields,
});
const typesOf = (raw = '') => [...raw.matchAll(/^Content-Type: ([\w/-]+)/gim)].map(([, type]) => type);
const rawTo = (to: string) => world.server.taken.findLast((mail) => mail.to[0] === to)?.raw;

describe('the mails of a request', () => {
  it('say to the visitor that it waits, with the link that withdraws it and without an invitation', async () => {
    const booking = await request();
    await world.plan('BOOKING_REQUESTED', booking);
    const [mail] = await sent(VISITOR);
    expect(mail?.subject).toBe('Requested: Intro, Sun, Nov 22 1:00 PM');
    expect(mail?.text).toContain('It takes place once it is accepted by Ada');
    expect(mail?.text).toContain(`Change or withdraw:\nhttps://cal.example/book/b/${booking.id}.signed`);
    expect(typesOf(rawTo(VISITOR))).toEqual(['multipart/alternative', 'text/plain', 'text/html']);
  });

  it('say to the host what to do, with the id to name and who asks', async () => {
    const booking = await request({ notes: 'I bring tea' });
    await world.plan('BOOKING_REQUESTED', booking);
    const [mail] = await sent(HOST);
    expect(mail?.subject).toBe('Request: Intro, Sun, Nov 22 12:00 PM, Eve');
    expect(mail?.text).toContain(`let them know which, and name ${booking.id}.`);
    expect(mail?.text).toContain('Those who run cal.example accept or decline it');
    expect(mail?.text).toContain('I bring tea');
    expect(mail?.text).not.toContain('/book/b/');
  });

  it('go to a host who has no address but that of a connected account, until it is accepted', async () => {
    await world.addAccount(world.grace.id, 'grace@account.example');
    const booking = await request({ hosts: [world.grace.id] });
    await world.plan('BOOKING_REQUESTED', booking);
    await world.plan('BOOKING_CREATED', accepted(booking));
    expect(await subjectsOf('grace@account.example')).toEqual([expect.stringMatching(/^Request: /)]);
  });

  it('go to no guest before it is accepted, who is invited then', async () => {
    const booking = await request({ guests: ['alan@example.org'] });
    await world.plan('BOOKING_REQUESTED', booking);
    await world.plan('BOOKING_RESCHEDULED', moved(booking), { before: booking });
    expect(await sent('alan@example.org')).toEqual([]);
    await world.plan('BOOKING_CREATED', accepted(moved(booking)));
    expect(await subjectsOf('alan@example.org')).toEqual([expect.stringMatching(/^Invitation: Intro/)]);
  });

  it('say that it was accepted, with the invitation of a booking, and to the host that it is booked', async () => {
    const booking = await request();
    await world.plan('BOOKING_REQUESTED', booking);
    await world.plan('BOOKING_CREATED', accepted(booking));
    const [, mail] = await sent(VISITOR);
    expect(mail?.subject).toBe('Accepted: Intro, Sun, Nov 22 1:00 PM');
    expect(mail?.text).toContain('The invitation for your calendar is attached.');
    expect(mail?.text).toContain('Change or cancel:');
    expect(rawTo(VISITOR)).toMatch(/^Content-Type: text\/calendar;.*method=REQUEST/im);
    const [, toHost] = await sent(HOST);
    expect(toHost?.text).toContain('The request of Eve was accepted: this time is booked with you.');
  });

  it('leave the invitation to a provider that invites, and telling its host, once it is accepted', async () => {
    const booking = await request();
    await world.plan('BOOKING_REQUESTED', booking);
    await world.addWrite(booking, world.ada.id, 'google');
    await world.plan('BOOKING_CREATED', accepted(booking));
    const [, mail] = await sent(VISITOR);
    expect(mail?.text).toContain('The calendar invitation comes in a mail of its own.');
    expect(typesOf(rawTo(VISITOR))).not.toContain('text/calendar');
    expect(await subjectsOf(HOST)).toEqual([expect.stringMatching(/^Request: /)]);
  });

  it('say why it was declined, to the visitor and the host', async () => {
    const booking = await request();
    await world.plan('BOOKING_DECLINED', ended(booking, { cancelledBy: 'operator', reason: 'Not that day' }));
    const [mail] = await sent(VISITOR);
    expect(mail?.subject).toBe('Declined: Intro, Sun, Nov 22 1:00 PM');
    expect(mail?.text).toContain("Ada can't make it at this time. Nothing is booked.");
    expect(mail?.text).toContain('Reason: Not that day');
    expect(mail?.text).toContain('Book another time:\nhttps://cal.example/book/ada/intro\n');
    expect(mail?.html).toContain('line-through');
    expect(typesOf(rawTo(VISITOR))).not.toContain('text/calendar');
    const [toHost] = await sent(HOST);
    expect(toHost?.text).toContain('The request of Eve was declined. The time is free again.');
  });

  it('say that it was not accepted in time', async () => {
    await world.plan('BOOKING_DECLINED', ended(await request(), { cancelledBy: 'system' }));
    const [mail] = await sent(VISITOR);
    expect(mail?.text).toContain('It was not accepted before its start. Nothing is booked.');
    expect(mail?.html).toContain('line-through');
    const [toHost] = await sent(HOST);
    expect(toHost?.text).toContain('The request of Eve was not accepted before its start');
  });

  it('say that its visitor withdrew it, and that one was declined which an operator cancels', async () => {
    const [first, second] = [await request(), await request()];
    const cancelled = { status: 'CANCELLED', reason: 'Buy pills' } as const;
    await world.plan('BOOKING_CANCELLED', ended(first, { ...cancelled, cancelledBy: 'attendee' }));
    const [mail] = await sent(VISITOR);
    expect(mail?.subject).toMatch(/^Withdrawn: Intro/);
    expect(mail?.text).toContain('You withdrew it; nothing more is to be done.');
    expect(mail?.text).not.toContain('pills');
    expect(typesOf(rawTo(VISITOR))).not.toContain('text/calendar');
    const [toHost] = await sent(HOST);
    expect(toHost?.text).toContain('Eve withdrew the request.');
    await world.plan('BOOKING_CANCELLED', ended(second, { ...cancelled, cancelledBy: 'operator' }));
    expect((await subjectsOf(VISITOR)).at(-1)).toMatch(/^Declined: Intro/);
  });

  it('say that it has another time, and to a host whom it is given to that it is new', async () => {
    await world.addAccount(world.grace.id, 'grace@account.example');
    const booking = await request();
    await world.plan('BOOKING_RESCHEDULED', moved(booking, { hosts: [world.ada.id, world.grace.id] }), {
      before: booking,
    });
    const [mail] = await sent(VISITOR);
    expect(mail?.subject).toBe('Request changed: Intro, now Mon, Nov 23 1:00 PM');
    expect(mail?.text).toContain('Before: Sunday, November 22, 2026');
    expect(typesOf(rawTo(VISITOR))).not.toContain('text/calendar');
    expect(await subjectsOf(HOST)).toEqual([expect.stringMatching(/^Request changed: /)]);
    const [toNew] = await sent('grace@account.example');
    expect(toNew?.subject).toMatch(/^Request: /);
    expect(toNew?.text).not.toContain('Before:');
  });

  it('are written in each language, and name the hosts', async () => {
    for (const language of LANGUAGES)
      await world.plan('BOOKING_REQUESTED', await request({ attendeeLocale: language }));
    const mails = await sent(VISITOR);
    expect(new Set(mails.map(({ subject }) => subject)).size).toBe(LANGUAGES.length);
    for (const { text } of mails) expect(text).toContain('Ada');
  });

  it('remind of nothing until it is accepted', async () => {
    const booking = await request();
    await world.plan('BOOKING_REQUESTED', booking);
    await world.plan('BOOKING_RESCHEDULED', moved(booking), { before: booking });
    const kinds = async () => (await world.mails()).map(({ kind }) => kind);
    expect(await kinds()).not.toContain('REMINDER');
    await world.plan('BOOKING_CREATED', accepted(moved(booking)));
    expect((await kinds()).filter((kind) => kind === 'REMINDER')).toHaveLength(1);
  });
});
