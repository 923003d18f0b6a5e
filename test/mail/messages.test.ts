/** What mails say, to whom, and as real programs read them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import ICAL from 'ical.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logoPath, readLogo } from '../../src/brand/logo.ts';
import type { Booking } from '../../src/store/bookings/bookings.ts';
import { removeBrand, writeBrand } from '../../src/store/rules/brands.ts';
import { DAY } from '../../src/time/clock.ts';
import { pngImage } from '../brand/image.fixture.ts';
import { PYTHON_ICALENDAR, pathOf } from '../harness/programs.ts';
import { createMailWorld, type MailWorld, NOW } from './world.fixture.ts';

let world: MailWorld;
beforeAll(async () => {
  world = await createMailWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(() => world.empty());

/** Sends all that is due. @returns the mails, by the address that they went to, in their order */
async function sent(to: string) {
  await world.work();
  const parsed = await world.taken();
  return parsed.filter((_mail, at) => world.server.taken[at]?.to[0] === to);
}
const rawTo = (to: string) => world.server.taken.findLast((mail) => mail.to[0] === to)?.raw ?? '';
const typesOf = (raw: string) => [...raw.matchAll(/^Content-Type: ([\w/-]+)/gim)].map(([, type]) => type);

function readByPython(raw: string) {
  expect(pathOf(PYTHON_ICALENDAR)).toContain('icalendar');
  const script = fileURLToPath(new URL('itip.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-W', 'ignore', script], { input: raw });
  if (status !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

const VISITOR = 'eve@example.org';
const moved = (booking: Booking, days: number): Booking => ({
  ...booking,
  startsAt: new Date(NOW + days * DAY),
  endsAt: new Date(NOW + days * DAY + 1_800_000),
  sequence: booking.sequence + 1,
});
const cancelled = (booking: Booking, by: 'attendee' | 'host', reason: string | null): Booking => ({
  ...booking,
  ...{ status: 'CANCELLED', cancelledBy: by, reason, sequence: booking.sequence + 1 },
});

describe('the mail to a visitor', () => {
  it('names host, time in the visitor’s zone and the link, in text and HTML', async () => {
    const booking = await world.addBooking();
    await world.plan('BOOKING_CREATED', booking);
    const [mail] = await sent(VISITOR);
    expect(mail?.subject).toBe('Booked: Intro, Sun, Nov 22 1:00 PM');
    expect(mail).toMatchObject({
      from: { name: 'Example', address: 'bookings@example.com' },
      replyTo: [{ name: 'Ada', address: 'ada@example.com' }],
      date: new Date(NOW).toISOString(),
    });
    const link = `https://cal.example/book/b/${booking.id}.signed`;
    for (const body of [mail?.text ?? '', mail?.html ?? '']) {
      expect(body.replaceAll('&#x2F;', '/')).toContain(
        'Sunday, November 22, 2026\n1:00 PM – 1:30 PM\nEurope/Berlin (GMT+1)',
      );
      expect(body).toContain('Ada');
    }
    expect(mail?.text).toContain(link);
    expect(mail?.html).toContain(`href="${link.replaceAll('/', '&#x2F;').replaceAll('=', '&#x3D;')}"`);
    expect(rawTo(VISITOR)).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it('writes dates as in the visitor’s part of the world, and English for a language without words', async () => {
    await world.plan('BOOKING_CREATED', await world.addBooking({ attendeeLocale: 'en-GB' }));
    await sent(VISITOR);
    await world.plan('BOOKING_CREATED', await world.addBooking({ attendeeLocale: 'tlh' }));
    const [british, klingon] = await sent(VISITOR);
    expect(british?.text).toMatch(/Sunday,? 22 November 2026\n13:00 – 13:30/);
    expect(klingon?.text).toContain('Sunday, November 22, 2026\n1:00 PM – 1:30 PM');
  });

  it('has the colour and the logo of its pages, as they were when it was planned', async () => {
    await world.plan('BOOKING_CREATED', await world.addBooking());
    await sent(VISITOR);
    const logo = readLogo(pngImage(480, 96).toString('base64'));
    if ('fault' in logo) throw new Error(logo.fault);
    await writeBrand(world.store, 'org', 'org', { color: '#b3261e', logo });
    await world.plan('BOOKING_CREATED', await world.addBooking());
    await removeBrand(world.store, 'org');
    const [without, branded] = (await sent(VISITOR)).map(({ html }) => html?.replaceAll('&#x2F;', '/') ?? '');
    expect(without).toContain('background:#1a56c4;color:#ffffff');
    expect(without).not.toContain('<img');
    expect(branded).toContain('background:#b3261e;color:#ffffff');
    expect(branded).toContain('border-top:4px solid #b3261e');
    expect(branded).toContain(
      `<img class="logo" src="https://cal.example${logoPath(logo)}" width="224" height="45"`,
    );
  });

  it('has an invitation that Python’s icalendar and ical.js accept, the same event through all changes', async () => {
    const booking = await world.addBooking({
      hosts: [world.ada.id, world.grace.id],
      attendeeName: 'Éve "E." O’Hara; x',
    });
    await world.plan('BOOKING_CREATED', booking);
    await sent(VISITOR);
    const invitation = readByPython(rawTo(VISITOR));
    expect(invitation).toMatchObject({
      ...{ partMethod: 'REQUEST', method: 'REQUEST', partCharset: 'utf-8', defects: [], status: 'CONFIRMED' },
      ...{ uid: `${booking.id}@cal.example`, sequence: 0, summary: 'Intro' },
      start: '2026-11-22T12:00:00+00:00',
      end: '2026-11-22T12:30:00+00:00',
      organizer: ['mailto:ada@example.com', 'Ada'],
      attendees: [
        [`mailto:${VISITOR}`, "Éve 'E.' O’Hara; x", 'ACCEPTED'],
        ['mailto:ada@example.com', 'Ada', 'ACCEPTED'],
      ],
      description: expect.stringContaining('https://cal.example/book/b/'),
    });
    expect(invitation.types).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      ...['text/plain', 'text/html', 'text/calendar'],
      'application/ics',
    ]);
    const later = moved(booking, 4);
    await world.plan('BOOKING_RESCHEDULED', later, { before: booking });
    const [, second] = await sent(VISITOR);
    expect(readByPython(rawTo(VISITOR))).toMatchObject({
      ...{ method: 'REQUEST', uid: `${booking.id}@cal.example`, sequence: 1 },
      start: '2026-11-24T12:00:00+00:00',
    });
    expect(second?.text).toContain('Before: Sunday, November 22, 2026\n1:00 PM – 1:30 PM');
    await world.plan('BOOKING_CANCELLED', cancelled(later, 'host', 'I am ill,\nsorry'));
    const [, , third] = await sent(VISITOR);
    expect(readByPython(rawTo(VISITOR))).toMatchObject({
      ...{ partMethod: 'CANCEL', method: 'CANCEL', uid: `${booking.id}@cal.example`, sequence: 2 },
      ...{ status: 'CANCELLED', comment: 'I am ill,\nsorry', description: '' },
    });
    expect(third?.text).toContain("Ada and Grace can't make it at this time.");
    expect(third?.text).toContain('https://cal.example/book/ada/intro\n');
    const text = third?.attachments.find(({ mimeType }) => mimeType === 'text/calendar')?.content ?? '';
    const calendar = new ICAL.Component(
      ICAL.parse(typeof text === 'string' ? text : new TextDecoder().decode(text)),
    );
    expect(calendar.getFirstPropertyValue('method')).toBe('CANCEL');
    expect(new ICAL.Event(calendar.getFirstSubcomponent('vevent') ?? undefined).uid).toBe(
      `${booking.id}@cal.example`,
    );
  });

  it('leaves the invitation to a provider that invites, and says so, unless MAIL_INVITATIONS is own', async () => {
    const booking = await world.addBooking();
    await world.addWrite(booking, world.ada.id, 'google');
    await world.plan('BOOKING_CREATED', booking);
    const [mail] = await sent(VISITOR);
    expect(mail?.text).toContain('The calendar invitation comes in a mail of its own.');
    expect(typesOf(rawTo(VISITOR))).toEqual(['multipart/alternative', 'text/plain', 'text/html']);
    await world.plan('BOOKING_CREATED', booking, { invitations: 'own' });
    const [, own] = await sent(VISITOR);
    expect(own?.text).toContain('The invitation for your calendar is attached.');
    expect(typesOf(rawTo(VISITOR))).toContain('text/calendar');
  });

  it('has an invitation when the first host’s calendar is of a provider that invites nobody', async () => {
    const booking = await world.addBooking({ hosts: [world.grace.id, world.ada.id] });
    await world.addWrite(booking, world.grace.id, 'caldav');
    await world.addWrite(booking, world.ada.id, 'google');
    await world.plan('BOOKING_CREATED', booking);
    await sent(VISITOR);
    expect(typesOf(rawTo(VISITOR))).toContain('text/calendar');
  });

  it('invites in the name of the sender when no host has an address', async () => {
    await world.plan('BOOKING_CREATED', await world.addBooking({ hosts: [world.grace.id] }));
    const [mail] = await sent(VISITOR);
    expect(readByPython(rawTo(VISITOR)).organizer).toEqual(['mailto:bookings@example.com', 'Grace']);
    expect(mail?.replyTo).toBeUndefined();
  });

  it('brings a code, and nothing of a booking', async () => {
    await world.verify(VISITOR, '042137', NOW + 600_000);
    const [mail] = await sent(VISITOR);
    expect(mail?.subject).toBe('042137 is your code for Intro');
    for (const body of [mail?.text, mail?.html]) expect(body).toContain('042137');
    expect(mail?.text).toContain('good for 10 minutes');
    expect(mail?.text).not.toContain('/book/b/');
    expect(mail?.attachments).toEqual([]);
  });

  it('repeats nothing that a visitor wrote: who books with another’s address can’t write to it', async () => {
    const spam = 'Win at https://evil.example';
    const booking = await world.addBooking({ attendeeName: spam, notes: spam });
    await world.plan('BOOKING_CREATED', booking);
    await world.plan('BOOKING_CANCELLED', cancelled(booking, 'attendee', spam));
    await world.verify(VISITOR, '042137', NOW + 600_000);
    const mails = await sent(VISITOR);
    expect(mails).toHaveLength(3);
    for (const { text, html, subject, to } of mails) {
      expect([text, html, subject, JSON.stringify(to)].join()).not.toContain('evil');
    }
  });

  it('is in the zone’s time when the clocks changed, over midnight, and in a zone of half an hour', async () => {
    await world.plan(
      'BOOKING_CREATED',
      await world.addBooking({
        startsAt: new Date(Date.UTC(2027, 5, 1, 18)),
        endsAt: new Date(Date.UTC(2027, 5, 1, 19)),
        attendeeTimeZone: 'Asia/Kolkata',
      }),
    );
    const [mail] = await sent(VISITOR);
    expect(mail?.text).toContain(
      'Tuesday, June 1, 2027, 11:30 PM –\nWednesday, June 2, 2027, 12:30 AM\nAsia/Kolkata (GMT+5:30)',
    );
  });
});

describe('the mail to a host', () => {
  const HOST = 'ada@example.com';

  it('goes to one whose calendar’s provider tells nothing, in the host’s zone, with who booked', async () => {
    const booking = await world.addBooking({ notes: 'I bring\n<b>tea</b>' });
    await world.addWrite(booking, world.ada.id, 'caldav');
    await world.plan('BOOKING_CREATED', booking);
    const [mail] = await sent(HOST);
    expect(mail?.subject).toBe('New booking: Intro, Sun, Nov 22 12:00 PM, Eve');
    expect(mail?.replyTo).toEqual([{ name: 'Eve', address: VISITOR }]);
    expect(mail?.text).toContain('12:00 PM – 12:30 PM\nEurope/London (GMT)');
    expect(mail?.text).toContain('I bring\n<b>tea</b>');
    expect(mail?.html).toContain('I bring\n&lt;b&gt;tea&lt;&#x2F;b&gt;');
    expect(mail?.attachments).toEqual([]);
    expect(mail?.text).not.toContain('/book/b/');
  });

  it('goes to no host whose provider tells of the event, nor to one who cancelled alone', async () => {
    const [first, second] = [await world.addBooking(), await world.addBooking()];
    await world.addWrite(first, world.ada.id, 'google');
    await world.plan('BOOKING_CREATED', first);
    await world.plan('BOOKING_CANCELLED', cancelled(second, 'host', null));
    expect(await sent(HOST)).toEqual([]);
    await world.plan('BOOKING_CANCELLED', cancelled(second, 'attendee', 'Something came up'));
    const [mail] = await sent(HOST);
    expect(mail?.text).toContain('Reason: Something came up');
  });
});

describe('a name with a line break in it', () => {
  it('ends no header, line or calendar property', async () => {
    const evil = 'Eve\r\nBcc: all@example.org\u2028X\u0007"<a@b.c>';
    const booking = await world.addBooking({
      ...{ title: `Intro\r\nBcc: all@example.org`, attendeeName: evil, notes: 'a\r\n.\r\nb' },
    });
    await world.plan('BOOKING_CREATED', booking);
    await sent('ada@example.com');
    for (const { raw, to } of world.server.taken) {
      expect(to).toHaveLength(1);
      const [headers = ''] = raw.split('\r\n\r\n');
      expect(headers).not.toMatch(/^bcc:/im);
      expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    }
    const invitation = readByPython(rawTo(VISITOR));
    expect(invitation.summary).toBe('Intro Bcc: all@example.org');
    expect(invitation.attendees[0][1]).toBe("Eve Bcc: all@example.org X'<a@b.c>");
  });

  it('is no tag in HTML, and no template', async () => {
    const evil = '<img src=x onerror=alert(1)>{{{code}}}{{#facts}}';
    const booking = await world.addBooking({ title: evil, attendeeName: evil, notes: evil });
    await world.plan('BOOKING_CREATED', booking);
    for (const to of [VISITOR, 'ada@example.com']) {
      const [mail] = await sent(to);
      expect(mail?.html).not.toContain('<img');
      expect(mail?.html).toContain('&lt;img');
      expect(mail?.text).toContain(evil);
      expect(mail?.subject).toContain(evil);
    }
  });
});

describe('the mails of what a visitor filled in', () => {
  const add = () =>
    world.addBooking({
      ...{ placeKind: 'PHONE_TO_HOST', place: '+49 30 123456', phone: '+44 20 7946' },
      ...{ guests: ['alan@example.org'], notes: 'Buy pills at pills.example' },
      answers: [
        { question: 'a', label: 'Your company?', kind: 'TEXT', values: ['ACME'] },
        { question: 'b', label: 'I agree', kind: 'CHECKBOX', values: ['true'] },
      ],
    });
  it('tell the visitor the place, and the host all of it', async () => {
    await world.plan('BOOKING_CREATED', await add());
    const [toVisitor] = await sent(VISITOR);
    expect(toVisitor?.text).toContain('Phone call to +49 30 123456');
    expect(toVisitor?.text).not.toContain('ACME');
    const [toHost] = (await world.taken()).filter(
      (_mail, at) => world.server.taken[at]?.to[0] === 'ada@example.com',
    );
    for (const words of ['Your company?', 'ACME', 'I agree', 'Yes', 'alan@example.org', '+44 20 7946'])
      expect(toHost?.text).toContain(words);
  });

  it('invite a guest with nothing that the visitor wrote and no link to change it, through all changes', async () => {
    const booking = await add();
    await world.plan('BOOKING_CREATED', booking);
    await world.plan('BOOKING_RESCHEDULED', moved(booking, 3), { before: booking });
    await world.plan('BOOKING_CANCELLED', cancelled(moved(booking, 3), 'attendee', 'Buy pills'));
    const mails = await sent('alan@example.org');
    expect(mails.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^Invitation: Intro/),
      expect.stringMatching(/^Moved: Intro/),
      expect.stringMatching(/^Cancelled: Intro/),
    ]);
    for (const { text = '', html = '' } of mails)
      for (const words of ['Eve', 'pills', 'ACME', '/book/b/'])
        expect(`${text}${html}`.replaceAll('&#x2F;', '/')).not.toContain(words);
    const [invited] = world.server.taken.filter(({ to }) => to[0] === 'alan@example.org');
    const event = readByPython(invited?.raw ?? '');
    expect(JSON.stringify(event)).toContain('alan@example.org');
    expect(JSON.stringify(event)).not.toContain('Eve');
  });

  it('leave guests to a calendar provider that invites them', async () => {
    const booking = await add();
    await world.addWrite(booking, world.ada.id, 'google');
    await world.plan('BOOKING_CREATED', booking);
    expect(await sent('alan@example.org')).toEqual([]);
    await world.plan('BOOKING_RESCHEDULED', moved(booking, 3), { before: booking, invitations: 'own' });
    expect(await sent('alan@example.org')).toHaveLength(1);
  });
});
