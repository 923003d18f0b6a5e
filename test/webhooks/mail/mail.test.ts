import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlocks } from '../../../src/booking/blocks.ts';
import { newId } from '../../../src/ids.ts';
import { blocksOf } from '../../../src/store/bookings/blocks.ts';
import { DAY } from '../../../src/time/clock.ts';
import { barrier } from '../../harness/gate.ts';
import {
  appleMail,
  googleCalendar,
  googleMail,
  HOUR_AT_TEN,
  outlookMail,
  plainMail,
} from './messages.fixture.ts';
import { createMailWorld, DAILY, days, linesOf, type MailWorld, NOW } from './world.fixture.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await createMailWorld();
});

afterAll(() => world?.close());

describe('an invitation', () => {
  it('of Google takes its time, and is answered', async () => {
    const host = await world.aHost();
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
    const host = await world.aHost();
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
    const host = await world.aHost();
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
    const host = await world.aHost('America/New_York');
    await world.send(googleMail(host.to({ event: ['DTSTART;VALUE=DATE:20261126', 'SUMMARY:Trip'] })));
    expect(await host.blocks()).toEqual(['2026-11-26T05:00/2026-11-27T05:00 BUSY Trip']);
  });

  it('is known again by its UID when it is updated, whichever comes last', async () => {
    const host = await world.aHost();
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
    const host = await world.aHost();
    const first = await world.send(googleMail(host.to()));
    world.published.length = 0;
    const again = await world.send(googleMail(host.to()));
    expect(again.answer).toEqual({ ...first.answer, outcome: 'ignored', reason: 'duplicate' });
    expect(world.published).toEqual([]);
    expect(await host.blocks()).toHaveLength(1);
  });

  it('is taken once when it comes twice at once', async () => {
    const host = await world.aHost();
    const mail = googleMail(host.to());
    // Connections that are open already, so that they are at work together.
    const allOpen = barrier(4);
    const open = () =>
      world.store.$transaction(async (tx) => {
        await tx.$queryRaw`select 1`;
        await allOpen();
      });
    await Promise.all(Array.from({ length: 4 }, open));
    const answers = await Promise.all(Array.from({ length: 6 }, () => world.send(mail)));
    const outcomes = answers.map(({ answer }) => answer.outcome).sort();
    expect(outcomes).toEqual(['accepted', ...Array(5).fill('ignored')]);
    expect(await host.blocks()).toHaveLength(1);
  });

  it('is cancelled, and stays so when it arrives late', async () => {
    const host = await world.aHost();
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
    const host = await world.aHost();
    const cancel = googleMail(host.to({ method: 'CANCEL', sequence: 1, stamp: '20261120T130000Z' }));
    expect((await world.send(cancel)).answer).toMatchObject({ outcome: 'cancelled', reason: 'not-known' });
    expect((await world.send(googleMail(host.to()))).answer).toMatchObject({
      outcome: 'ignored',
      reason: 'outdated',
    });
    expect(await host.blocks()).toEqual([]);
  });

  it('is changed and cancelled by its organizer alone', async () => {
    const host = await world.aHost();
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

  it('that can be read in part takes what time can be read, and says so', async () => {
    const host = await world.aHost();
    const event = [
      'DTSTART;TZID=Nowhere:20261124T100000',
      'DURATION:PT1H',
      'RRULE:FREQ=SOMETIMES',
      'SUMMARY:Odd',
    ];
    const { answer } = await world.send(googleMail(host.to({ event })));
    expect(answer).toMatchObject({ outcome: 'accepted', reason: 'partial' });
    // Ten o'clock in any zone.
    expect(await host.blocks()).toContain('2026-11-23T08:00/2026-11-25T13:00 BUSY Odd');
  });

  it('to a booking of ours is ignored', async () => {
    const host = await world.aHost();
    const id = newId('Booking');
    const times = {
      startsAt: new Date(NOW),
      endsAt: new Date(NOW + DAY),
      createdAt: new Date(NOW),
      updatedAt: new Date(NOW),
    };
    await world.store.eventType.create({
      data: { id: 'et', organisationId: 'org', ownerId: '', slug: 'et', version: 0 },
    });
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
    // A host who is invited to it as well is taken.
    const guest = await world.aHost();
    expect((await world.send(googleMail(guest.to({ uid: `${id}@cal.example` })))).answer.outcome).toBe(
      'accepted',
    );
    expect([await host.blocks(), (await guest.blocks()).length]).toEqual([[], 1]);
  });

  it.each(['PUBLISH', 'REPLY', 'COUNTER', 'ADD'])('is nothing when its method is %s', async (method) => {
    const host = await world.aHost();
    const { status, answer } = await world.send(googleMail(host.to({ method })));
    expect([status, answer.outcome, answer.reason, answer.reply]).toEqual([200, 'ignored', 'method', null]);
    expect(await host.blocks()).toEqual([]);
  });

  it('whose block was taken out by hand stays so until its organizer says something new', async () => {
    const host = await world.aHost();
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
    const host = await world.aHost('Europe/Berlin');
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
    const host = await world.aHost();
    const anonymous = googleCalendar(host.to()).replace(/ORGANIZER.*\r\n/, '');
    const { answer } = await world.send(plainMail(anonymous, undefined, host.address));
    expect(answer).toMatchObject({ outcome: 'accepted', reply: null, replyTo: null });
  });
});
