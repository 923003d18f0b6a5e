import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlocks } from '../../src/booking/blocks.ts';
import { DAY, MINUTE } from '../../src/clock.ts';
import { newId } from '../../src/ids.ts';
import { blocksOf } from '../../src/store/blocks.ts';
import { readMail, UnreadableMail } from '../../src/webhooks/mail-parts.ts';
import { AHEAD, at, createMailWorld, type MailWorld, NOW, signed } from './mail-world.ts';
import {
  appleMail,
  googleCalendar,
  googleMail,
  HOUR_AT_TEN,
  outlookMail,
  plainMail,
  type Sent,
} from './mails.ts';

let world: MailWorld;
let count = 0;

beforeAll(async () => {
  world = await createMailWorld();
});

afterAll(() => world?.close());

/** A host of the test's own, and mail to them. */
async function aHost(timeZone = 'UTC') {
  const slug = `ada-${++count}`;
  const id = await world.addHost(slug, null, timeZone);
  const address = `${slug}@cal.example`;
  const to = (sent: Sent = {}): Sent => ({ to: address, attendee: address, ...sent });
  return { id, slug, address, to, blocks: () => world.blocks(id) };
}

const linesOf = (reply: string | null) => (reply ?? '').replace(/\r\n /g, '').split('\r\n');

const DAILY = [
  'DTSTART:20261123T090000Z',
  'DTEND:20261123T093000Z',
  'RRULE:FREQ=DAILY;COUNT=5',
  'SUMMARY:Stand-up',
];
const days = (...list: number[]) =>
  list.map((day) => `2026-11-${day}T09:00/2026-11-${day}T09:30 BUSY Stand-up`);

const instance = (uid: string, address: string, ...lines: string[]) => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  ...lines,
  'ORGANIZER:mailto:olga@corp.example',
  `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${address}`,
  'END:VEVENT',
];

describe('an invitation', () => {
  it('of Google takes its time, and is answered', async () => {
    const host = await aHost();
    world.published.length = 0;
    const { status, answer } = await world.send(googleMail(host.to({ sequence: 2 })));
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      outcome: 'accepted',
      host: host.id,
      uid: '0a1b2c3d4e5f@google.com',
      replyTo: 'olga@corp.example',
    });
    expect(answer).not.toHaveProperty('more');
    expect(await host.blocks()).toEqual(['2026-11-24T10:00/2026-11-24T11:00 BUSY Review']);
    expect(world.published).toEqual([`native:${host.id}`]);
    expect(linesOf(answer.reply)).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Slotwire//Slotwire//EN',
      'METHOD:REPLY',
      'BEGIN:VEVENT',
      ...HOUR_AT_TEN,
      'ORGANIZER;CN=Olga Organizer:mailto:olga@corp.example',
      'UID:0a1b2c3d4e5f@google.com',
      'SEQUENCE:2',
      'DTSTAMP:20261121T120000Z',
      `ATTENDEE;PARTSTAT=ACCEPTED;CN="${host.address}":mailto:${host.address}`,
      'REQUEST-STATUS:2.0;Success',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
    expect(answer.reply?.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  });

  it('of Outlook, in a zone of its own, is busy and not tentative', async () => {
    const host = await aHost();
    const { answer } = await world.send(outlookMail(host.to()));
    expect(answer).toMatchObject({ outcome: 'accepted', replyTo: 'otto@firma.example' });
    expect(await host.blocks()).toEqual(['2026-11-24T13:00/2026-11-24T14:00 BUSY Besprechung']);
    const lines = linesOf(answer.reply);
    expect(lines).toContain('TZID:Customized Time Zone');
    expect(lines).toContain('DTSTART;TZID=Customized Time Zone:20261124T140000');
    expect(lines).toContain(`ATTENDEE;PARTSTAT=ACCEPTED;CN="Ada":mailto:${host.address}`);
  });

  it('of Apple is answered to the relay that it names, by the path that it invites', async () => {
    const id = await world.addHost('ada');
    const { answer } = await world.send(appleMail());
    expect(answer).toMatchObject({ outcome: 'accepted', host: id, replyTo: '2_ha3tsnrygi2dm@imip.me.com' });
    expect(await world.blocks(id)).toEqual(['2026-11-25T08:00/2026-11-25T08:30 BUSY Frühstück ☕']);
    expect(linesOf(answer.reply)).toContain('ATTENDEE;PARTSTAT=ACCEPTED;CN="Ada":/a1b2c3/principal/');
  });

  it('is tentative when it says so, and no time when it is declined or transparent', async () => {
    const host = await aHost();
    const tentative = googleCalendar(host.to({ uid: 't' })).replace('STATUS:CONFIRMED', 'STATUS:TENTATIVE');
    const { answer } = await world.send(plainMail(tentative, undefined, host.address));
    expect(linesOf(answer.reply).join()).toContain('PARTSTAT=TENTATIVE');
    expect(await host.blocks()).toEqual(['2026-11-24T10:00/2026-11-24T11:00 BUSY_TENTATIVE Review']);

    const declined = googleCalendar(host.to({ uid: 'd' })).replace('NEEDS-ACTION', 'DECLINED');
    const second = await world.send(plainMail(declined, undefined, host.address));
    expect(linesOf(second.answer.reply).join()).toContain('PARTSTAT=DECLINED');
    const free = googleCalendar(host.to({ uid: 'f' })).replace('TRANSP:OPAQUE', 'TRANSP:TRANSPARENT');
    expect((await world.send(plainMail(free, undefined, host.address))).answer.outcome).toBe('accepted');
    expect(await host.blocks()).toHaveLength(1);
  });

  it('for whole days follows the zone of the host', async () => {
    const host = await aHost('America/New_York');
    await world.send(googleMail(host.to({ event: ['DTSTART;VALUE=DATE:20261126', 'SUMMARY:Trip'] })));
    expect(await host.blocks()).toEqual(['2026-11-26T05:00/2026-11-27T05:00 BUSY Trip']);
  });

  it('is known again by its UID when it is updated, whichever comes last', async () => {
    const host = await aHost();
    const moved = ['DTSTART:20261124T150000Z', 'DTEND:20261124T160000Z', 'SUMMARY:Review'];
    await world.send(googleMail(host.to()));
    const update = googleMail(host.to({ sequence: 1, stamp: '20261120T130000Z', event: moved }));
    expect((await world.send(update)).answer.outcome).toBe('updated');
    const late = await world.send(googleMail(host.to()));
    expect(late.answer).toMatchObject({ outcome: 'ignored', reason: 'outdated', reply: null });
    // Its text was changed, nothing else: a newer DTSTAMP under the same SEQUENCE.
    const renamed = [...moved.slice(0, 2), 'SUMMARY:Renamed'];
    const stamped = googleMail(host.to({ sequence: 1, stamp: '20261120T140000Z', event: renamed }));
    expect((await world.send(stamped)).answer.outcome).toBe('updated');
    expect((await world.send(update)).answer).toMatchObject({ outcome: 'ignored', reason: 'outdated' });
    expect(await host.blocks()).toEqual(['2026-11-24T15:00/2026-11-24T16:00 BUSY Renamed']);
  });

  it('that comes twice changes nothing, and is answered again', async () => {
    const host = await aHost();
    const first = await world.send(googleMail(host.to()));
    world.published.length = 0;
    const again = await world.send(googleMail(host.to()));
    expect(again.answer).toEqual({ ...first.answer, outcome: 'ignored', reason: 'duplicate' });
    expect(world.published).toEqual([]);
    expect(await host.blocks()).toHaveLength(1);
  });

  it('is taken once when it comes twice at once', async () => {
    const host = await aHost();
    const mail = googleMail(host.to());
    // Connections that are open already, so that they are at work together.
    await Promise.all(Array.from({ length: 4 }, () => world.store.$queryRaw`select pg_sleep(0.1)::text`));
    const answers = await Promise.all(Array.from({ length: 6 }, () => world.send(mail)));
    const outcomes = answers.map(({ answer }) => answer.outcome).sort();
    expect(outcomes).toEqual(['accepted', ...Array(5).fill('ignored')]);
    expect(await host.blocks()).toHaveLength(1);
  });

  it('is cancelled, and stays so when it arrives late', async () => {
    const host = await aHost();
    await world.send(googleMail(host.to()));
    const cancel = googleMail(host.to({ method: 'CANCEL', sequence: 1, stamp: '20261120T130000Z' }));
    expect((await world.send(cancel)).answer).toMatchObject({
      outcome: 'cancelled',
      reply: null,
      replyTo: null,
    });
    expect(await host.blocks()).toEqual([]);
    expect((await world.send(googleMail(host.to()))).answer).toMatchObject({
      outcome: 'ignored',
      reason: 'outdated',
    });
    expect((await world.send(cancel)).answer).toMatchObject({ outcome: 'ignored', reason: 'duplicate' });
    expect(await host.blocks()).toEqual([]);
    const anew = googleMail(host.to({ sequence: 2, stamp: '20261120T140000Z' }));
    expect((await world.send(anew)).answer.outcome).toBe('accepted');
    expect(await host.blocks()).toHaveLength(1);
  });

  it('that was cancelled before it came is not revived', async () => {
    const host = await aHost();
    const cancel = googleMail(host.to({ method: 'CANCEL', sequence: 1, stamp: '20261120T130000Z' }));
    expect((await world.send(cancel)).answer).toMatchObject({ outcome: 'cancelled', reason: 'not-known' });
    expect((await world.send(googleMail(host.to()))).answer).toMatchObject({
      outcome: 'ignored',
      reason: 'outdated',
    });
    expect(await host.blocks()).toEqual([]);
  });

  it('is changed and cancelled by its organizer alone', async () => {
    const host = await aHost();
    await world.send(googleMail(host.to()));
    const forged = { organizer: 'mallory@evil.example', sequence: 9, stamp: '20261121T000000Z' };
    for (const method of ['REQUEST', 'CANCEL']) {
      const { answer } = await world.send(googleMail(host.to({ ...forged, method })));
      expect(answer).toMatchObject({ outcome: 'ignored', reason: 'other-organizer', reply: null });
    }
    const nobody = googleCalendar(host.to({ method: 'CANCEL', sequence: 9 })).replace(/ORGANIZER.*\r\n/, '');
    expect((await world.send(plainMail(nobody, undefined, host.address))).answer.reason).toBe(
      'other-organizer',
    );
    expect(await host.blocks()).toHaveLength(1);
  });

  it('that can be read in part takes what time can be told, and says so', async () => {
    const host = await aHost();
    const event = [
      'DTSTART;TZID=Nowhere:20261124T100000',
      'DURATION:PT1H',
      'RRULE:FREQ=SOMETIMES',
      'SUMMARY:Odd',
    ];
    const { answer } = await world.send(googleMail(host.to({ event })));
    expect(answer).toMatchObject({ outcome: 'accepted', reason: 'partial' });
    expect(await host.blocks()).toContain('2026-11-24T10:00/2026-11-24T11:00 BUSY Odd');
  });

  it('to a booking of ours is ignored', async () => {
    const host = await aHost();
    const id = newId('Booking');
    const times = {
      startsAt: new Date(NOW),
      endsAt: new Date(NOW + DAY),
      createdAt: new Date(NOW),
      updatedAt: new Date(NOW),
    };
    await world.store.booking.create({
      data: {
        ...{
          id,
          organisationId: 'org',
          eventTypeId: 'et',
          holdId: id,
          status: 'CONFIRMED',
          hosts: [host.id],
        },
        ...{
          title: 'Talk',
          attendeeName: 'B',
          attendeeEmail: 'b@example.com',
          attendeeTimeZone: 'UTC',
          ...times,
        },
      },
    });
    const { answer } = await world.send(googleMail(host.to({ uid: `${id}@cal.example` })));
    expect(answer).toMatchObject({ outcome: 'ignored', reason: 'own-booking', reply: null });
    // Whoever else is invited to it is taken.
    const guest = await aHost();
    expect((await world.send(googleMail(guest.to({ uid: `${id}@cal.example` })))).answer.outcome).toBe(
      'accepted',
    );
    expect([await host.blocks(), (await guest.blocks()).length]).toEqual([[], 1]);
  });

  it.each(['PUBLISH', 'REPLY', 'COUNTER', 'ADD'])('is nothing when its method is %s', async (method) => {
    const host = await aHost();
    const { status, answer } = await world.send(googleMail(host.to({ method })));
    expect([status, answer.outcome, answer.reason, answer.reply]).toEqual([200, 'ignored', 'method', null]);
    expect(await host.blocks()).toEqual([]);
  });

  it('whose block was taken out by hand stays so until its organizer says something new', async () => {
    const host = await aHost();
    await world.send(googleMail(host.to({ uid: 'h1', event: DAILY })));
    const [block] = await blocksOf(world.store, host.id, NOW, NOW + 3 * DAY);
    await createBlocks({ publisher: world.publisher }).remove('org', block?.id ?? '');
    await world.send(googleMail(host.to({ uid: 'h1', event: DAILY, stamp: '20261120T130000Z' })));
    await world.store.invitation.updateMany({ where: { hostId: host.id }, data: { dueAt: new Date(NOW) } });
    await world.slide();
    expect(await host.blocks()).toEqual(days(24, 25, 26, 27));
    const renamed = DAILY.map((line) => line.replace('Stand-up', 'Sit-down'));
    await world.send(googleMail(host.to({ uid: 'h1', event: renamed, stamp: '20261120T140000Z' })));
    expect(await host.blocks()).toEqual(
      days(23, 24, 25, 26, 27).map((line) => line.replace('Stand-up', 'Sit-down')),
    );
    const after = await blocksOf(world.store, host.id, NOW, NOW + 3 * DAY);
    expect(after[0]?.id).toBe(block?.id);
  });

  it('for whole days moves with its host, at the next look', async () => {
    const host = await aHost('Europe/Berlin');
    await world.send(
      googleMail(host.to({ uid: 'z1', event: ['DTSTART;VALUE=DATE:20261126', 'SUMMARY:Trip'] })),
    );
    await world.store.host.update({ where: { id: host.id }, data: { timeZone: 'Asia/Tokyo' } });
    try {
      world.clock.at = NOW + DAY;
      await world.slide();
      expect(await host.blocks()).toEqual(['2026-11-25T15:00/2026-11-26T15:00 BUSY Trip']);
    } finally {
      world.clock.at = NOW;
    }
  });

  it('that nobody sent is accepted and not answered', async () => {
    const host = await aHost();
    const anonymous = googleCalendar(host.to()).replace(/ORGANIZER.*\r\n/, '');
    const { answer } = await world.send(plainMail(anonymous, undefined, host.address));
    expect(answer).toMatchObject({ outcome: 'accepted', reply: null, replyTo: null });
  });
});

describe('a series', () => {
  it('comes with exceptions', async () => {
    const host = await aHost();
    const moved = instance(
      's1',
      host.address,
      'SEQUENCE:0',
      'DTSTAMP:20261120T120000Z',
      'RECURRENCE-ID:20261125T090000Z',
      'DTSTART:20261125T140000Z',
      'DTEND:20261125T143000Z',
      'SUMMARY:Stand-up',
    );
    const event = [...DAILY, 'EXDATE:20261126T090000Z'];
    const { answer } = await world.send(googleMail(host.to({ uid: 's1', event, more: moved })));
    expect(await host.blocks()).toEqual([
      ...days(23, 24),
      '2026-11-25T14:00/2026-11-25T14:30 BUSY Stand-up',
      ...days(27),
    ]);
    const lines = linesOf(answer.reply);
    expect(lines.filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(2);
    expect(lines).toContain('RECURRENCE-ID:20261125T090000Z');
    // Word for word the same again, though the exception is numbered no higher than the series.
    expect((await world.send(googleMail(host.to({ uid: 's1', event, more: moved })))).answer.reason).toBe(
      'duplicate',
    );
  });

  it('is changed and cancelled one instance at a time', async () => {
    const host = await aHost();
    await world.send(googleMail(host.to({ uid: 's2', event: DAILY })));
    const before = await world.store.nativeTime.count({ where: { hostId: host.id } });
    const change = googleMail(
      host.to({
        ...{ uid: 's2', sequence: 1, stamp: '20261120T130000Z' },
        event: [
          'RECURRENCE-ID:20261124T090000Z',
          'DTSTART:20261124T100000Z',
          'DTEND:20261124T103000Z',
          'SUMMARY:Stand-up',
        ],
      }),
    );
    const { answer } = await world.send(change);
    expect(answer.outcome).toBe('updated');
    expect(linesOf(answer.reply)).toContain('RECURRENCE-ID:20261124T090000Z');
    // One block ended and one began; the others were left alone.
    expect(await world.store.nativeTime.count({ where: { hostId: host.id } })).toBe(before + 1);
    const cancel = googleMail(
      host.to({
        ...{ method: 'CANCEL', uid: 's2', sequence: 1, stamp: '20261120T140000Z' },
        event: [
          'RECURRENCE-ID;TZID=Europe/Berlin:20261126T100000',
          'DTSTART;TZID=Europe/Berlin:20261126T100000',
        ],
      }),
    );
    expect((await world.send(cancel)).answer.outcome).toBe('cancelled');
    expect(await host.blocks()).toEqual([
      ...days(23),
      '2026-11-24T10:00/2026-11-24T10:30 BUSY Stand-up',
      ...days(25, 27),
    ]);
    const whole = googleMail(
      host.to({ method: 'CANCEL', uid: 's2', sequence: 2, stamp: '20261120T150000Z', event: [] }),
    );
    expect((await world.send(whole)).answer.outcome).toBe('cancelled');
    expect(await host.blocks()).toEqual([]);
    // What was known of one instance only doesn't outlive the series.
    expect((await world.send(change)).answer).toMatchObject({ outcome: 'ignored', reason: 'outdated' });
  });

  it('that is planned anew forgets exceptions of the plan before, also when they come late', async () => {
    const host = await aHost();
    const exception = googleMail(
      host.to({
        uid: 's3',
        stamp: '20261120T121000Z',
        event: ['RECURRENCE-ID:20261124T090000Z', 'DTSTART:20261124T160000Z', 'DTEND:20261124T163000Z'],
      }),
    );
    const anew = googleMail(
      host.to({
        uid: 's3',
        sequence: 1,
        stamp: '20261120T130000Z',
        event: DAILY.map((line) => line.replace('T09', 'T11')),
      }),
    );
    await world.send(googleMail(host.to({ uid: 's3', event: DAILY })));
    await world.send(exception);
    expect(await host.blocks()).toContain('2026-11-24T16:00/2026-11-24T16:30 BUSY null');
    await world.send(anew);
    const wanted = [23, 24, 25, 26, 27].map(
      (day) => `2026-11-${day}T11:00/2026-11-${day}T11:30 BUSY Stand-up`,
    );
    expect(await host.blocks()).toEqual(wanted);
    expect((await world.send(exception)).answer.reason).toBe('outdated');
    expect(await host.blocks()).toHaveLength(5);
  });

  it('may be known by one instance alone', async () => {
    const host = await aHost();
    const event = [
      'RECURRENCE-ID:20261124T090000Z',
      'DTSTART:20261124T090000Z',
      'DTEND:20261124T093000Z',
      'SUMMARY:Stand-up',
    ];
    expect((await world.send(googleMail(host.to({ uid: 's4', event })))).answer.outcome).toBe('accepted');
    expect(await host.blocks()).toEqual(days(24));
  });

  it('enters the window as that slides, and leaves its past alone', async () => {
    const host = await aHost();
    const forever = [
      'DTSTART:20261116T090000Z',
      'DTEND:20261116T093000Z',
      'RRULE:FREQ=WEEKLY',
      'SUMMARY:Weekly',
    ];
    await world.send(googleMail(host.to({ uid: 's5', event: forever })));
    await world.send(
      googleMail(
        host.to({ uid: 'far', event: ['DTSTART:20270308T120000Z', 'SUMMARY:Far', 'DURATION:PT1H'] }),
      ),
    );
    const first = await host.blocks();
    expect(first[0]).toContain('2026-11-16T09:00');
    const last = () =>
      world.store.nativeTime.findFirst({
        where: { hostId: host.id, validTo: null, title: 'Weekly' },
        orderBy: { startsAt: 'desc' },
      });
    expect((await last())?.startsAt.getTime()).toBeGreaterThan(NOW + AHEAD - 6 * DAY);
    expect(first.filter((line) => line.endsWith('Far'))).toEqual([]);

    await world.slide();
    expect(await host.blocks()).toEqual(first);
    world.published.length = 0;
    world.clock.at = NOW + 50 * DAY;
    try {
      await world.slide();
      const later = await host.blocks();
      expect(later.slice(0, first.length)).toEqual(first);
      expect((await last())?.startsAt.getTime()).toBeGreaterThan(world.clock.at + AHEAD - 6 * DAY);
      expect(later).toContain('2027-03-08T12:00/2027-03-08T13:00 BUSY Far');
      expect(world.published).toContain(`native:${host.id}`);
      // Its end takes what is to come, and what the window still holds.
      const cancel = { method: 'CANCEL', uid: 's5', sequence: 1, stamp: '20270110T000000Z', event: [] };
      await world.send(googleMail(host.to(cancel)));
      const rest = (await host.blocks()).filter((line) => line.endsWith('Weekly'));
      expect(rest).not.toEqual([]);
      expect(rest.every((line) => line < at(world.clock.at - 6 * DAY))).toBe(true);
    } finally {
      world.clock.at = NOW;
    }
  });

  it('is forgotten a year after its end, and then no row is due', async () => {
    const host = await aHost();
    await world.send(googleMail(host.to({ uid: 's6', event: DAILY })));
    try {
      for (const day of [2, 30, 367, 400]) {
        world.clock.at = NOW + day * DAY;
        await world.slide();
      }
      expect(await world.store.invitation.count({ where: { hostId: host.id } })).toBe(0);
      expect(await host.blocks()).toEqual(days(23, 24, 25, 26, 27));
    } finally {
      world.clock.at = NOW;
    }
  });

  it('without end by the second fills what can be told, and no more rows than it may', async () => {
    const host = await aHost();
    const event = ['DTSTART:20261124T090000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY'];
    expect((await world.send(googleMail(host.to({ uid: 's7', event })))).answer.outcome).toBe('accepted');
    const blocks = await host.blocks();
    expect(blocks.length).toBeLessThanOrEqual(2_000);
    const [, end = ''] = blocks.at(-1)?.split(/[/ ]/) ?? [];
    expect(end > at(NOW + AHEAD)).toBe(true);
  });
});

describe('a mail', () => {
  it('finds its host by slug, tag or e-mail address, the envelope first', async () => {
    const host = await aHost();
    const email = `Mixed.Case-${count}@Corp.Example`;
    const other = await world.addHost(`other-${count}`, email);
    const outcome = async (sent: Sent) => {
      const { status, answer } = await world.send(googleMail({ uid: `u${++count}`, ...sent }));
      return status === 200 ? answer.host : status;
    };
    expect(await outcome({ to: `"Ada, L." <${host.slug}+team@anything.example>` })).toBe(host.id);
    expect(await outcome({ to: email.toLowerCase() })).toBe(other);
    expect(await outcome({ to: email.replace('@', '+cal@') })).toBe(other);
    expect(await outcome({ to: 'list@corp.example', headers: [`Delivered-To: ${host.address}`] })).toBe(
      host.id,
    );
    expect(await outcome({ to: host.address, headers: [`X-Original-To: ${email}`] })).toBe(other);
    expect(await outcome({ to: `nobody@x.example, ${email}, ${host.address}` })).toBe(other);
    expect(await outcome({ to: 'nobody@cal.example' })).toBe(404);
    await world.addHost(`third-${count}`, email);
    expect(await outcome({ to: email })).toBe(404);
  });

  it('is answered by the address that was invited, or by the one that it came to', async () => {
    const host = await aHost();
    const tagged = `${host.slug}+team@cal.example`;
    const { answer } = await world.send(googleMail({ uid: 'tag', to: tagged, attendee: tagged }));
    expect(linesOf(answer.reply)).toContain(`ATTENDEE;PARTSTAT=ACCEPTED;CN="${tagged}":mailto:${tagged}`);
    const forwarded = await world.send(
      googleMail({ uid: 'fwd', to: host.address, attendee: 'someone@else.example' }),
    );
    expect(linesOf(forwarded.answer.reply)).toContain(
      `ATTENDEE;PARTSTAT=ACCEPTED;CN="Ada":mailto:${host.address}`,
    );
  });

  it('that says a wrong charset, or none, is read all the same', async () => {
    const host = await aHost();
    const calendar = (uid: string, hour: number) =>
      googleCalendar(
        host.to({ uid, event: [`DTSTART:20261124T${hour}0000Z`, 'DURATION:PT1H', 'SUMMARY:Größe'] }),
      );
    await world.send(plainMail(calendar('c1', 10), 'charset=us-ascii', host.address));
    await world.send(plainMail(calendar('c2', 12), 'method=REQUEST', host.address));
    await world.send(plainMail(calendar('c3', 14), 'charset="x-no-such-thing"', host.address));
    await world.send(
      plainMail(Buffer.from(calendar('c4', 16), 'latin1'), 'charset=iso-8859-1', host.address),
    );
    await world.send(plainMail(Buffer.from(calendar('c5', 18), 'latin1'), 'charset=utf-8', host.address));
    const titles = (await host.blocks()).map((line) => line.split(' ').at(-1));
    expect(titles).toEqual(['Größe', 'Größe', 'Größe', 'Größe', expect.stringMatching(/^Gr.+e$/)]);
  });

  it('with two invitations tells of both', async () => {
    const host = await aHost();
    const [one, two] = ['m1', 'm2'].map((uid) => googleCalendar(host.to({ uid })));
    const boundary = (text: string) =>
      ['--b', 'Content-Type: text/calendar; charset=utf-8', '', text].join('\r\n');
    const head = `To: ${host.address}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
    const { answer } = await world.send(
      `${head}${boundary(one ?? '')}\r\n${boundary(two ?? '')}\r\n--b--\r\n`,
    );
    expect([answer.uid, answer.more?.map(({ uid, outcome }) => [uid, outcome])]).toEqual([
      'm1',
      [['m2', 'accepted']],
    ]);
    expect(await host.blocks()).toHaveLength(2);
    // One that is damaged doesn't take the other with it.
    const broken = two?.slice(0, -40) ?? '';
    const third = boundary(googleCalendar(host.to({ uid: 'm3' })));
    const mixed = await world.send(`${head}${boundary(broken)}\r\n${third}\r\n--b--\r\n`);
    expect(mixed.answer).toMatchObject({ outcome: 'accepted', uid: 'm3' });
  });

  it('without an invitation is ignored', async () => {
    const host = await aHost();
    const { answer } = await world.send(`To: ${host.address}\r\nSubject: Hello\r\n\r\nHow are you?\r\n`);
    expect(answer).toEqual({
      outcome: 'ignored',
      reason: 'no-calendar',
      host: host.id,
      uid: null,
      reply: null,
      replyTo: null,
    });
    const task =
      'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n';
    expect((await world.send(plainMail(task, undefined, host.address))).answer.reason).toBe('no-event');
  });

  it('that bounced carries no invitation of its own', async () => {
    const host = await aHost();
    const inner = googleMail(host.to({ uid: 'bounced' }));
    const raw = [
      `To: ${host.address}`,
      'Content-Type: multipart/report; report-type=delivery-status; boundary=r',
      '',
      '--r',
      'Content-Type: message/rfc822',
      '',
      inner,
      '--r--',
      '',
    ].join('\r\n');
    expect((await world.send(raw)).answer.reason).toBe('no-calendar');
  });

  it('that can not be read is refused with a reason, and leaves nothing behind', async () => {
    const host = await aHost();
    const refused = async (calendar: string) => {
      const { status, answer } = await world.send(plainMail(calendar, undefined, host.address));
      return [status, answer.error, answer.reason];
    };
    const good = googleCalendar(host.to());
    expect(await refused(good.slice(0, 300))).toEqual([422, 'unreadable', 'truncated']);
    expect(await refused('<html>Sorry</html>\r\n')).toEqual([422, 'unreadable', 'not-a-calendar']);
    expect(await refused(good.replace(/DTSTART.*/, 'DTSTART:soon'))).toEqual([422, 'unreadable', 'no-time']);
    expect(await refused(good.replace('SUMMARY:', `SUMMARY:${'x'.repeat(1_100_000)}`))).toEqual([
      422,
      'unreadable',
      'too-large',
    ]);
    expect(await world.store.invitation.count({ where: { hostId: host.id } })).toBe(0);
    await world.send(plainMail(good, undefined, host.address));
    expect(
      await refused(good.replace(/DTSTART.*/, 'DTSTART:soon').replace('SEQUENCE:0', 'SEQUENCE:1')),
    ).toEqual([422, 'unreadable', 'no-time']);
    expect(await host.blocks()).toHaveLength(1);
    await expect(readMail(Buffer.alloc(0))).rejects.toEqual(new UnreadableMail('empty'));
  });
});

describe('the signature', () => {
  const body = Buffer.from('To: nobody@cal.example\r\n\r\n');
  const status = async (header: string | undefined, given = body) => {
    const signature = world.mail.admit(header);
    return signature ? (await world.mail.receive(signature, given)).status : 'not admitted';
  };

  it('is asked of every mail, and binds body and time', async () => {
    const good = signed(body, NOW);
    expect(await status(good)).toBe(404);
    expect(await status(good, Buffer.from('To: other@cal.example\r\n\r\n'))).toBe(401);
    expect(await status(signed(body, NOW, 'another-secret-of-16'))).toBe(401);
    expect(await status(good.replace(/t=(\d+)/, (_, t) => `t=${Number(t) + 1}`))).toBe(401);
    const [time = '', mac = ''] = good.split(',');
    expect(await status(`${time},v1=${'0'.repeat(64)},${mac}`)).toBe(404);
    for (const bad of [
      undefined,
      '',
      mac,
      time,
      `${time},v1=ab`,
      `${time},${time},${mac}`,
      `t=-1,${mac}`,
      `${time},v1=zz`,
    ]) {
      expect(await status(bad)).toBe('not admitted');
    }
  });

  it('holds for five minutes, either way', async () => {
    for (const off of [-5, 5]) expect(await status(signed(body, NOW + off * MINUTE))).toBe(404);
    for (const off of [-5, 5]) {
      const late = signed(body, NOW + off * (MINUTE + 1_000));
      expect(await status(late)).toBe('not admitted');
    }
  });
});
