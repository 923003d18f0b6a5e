import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../../src/time/clock.ts';
import { zoneDataInfo } from '../../../src/time/installed-zones.ts';
import { googleMail } from './messages.fixture.ts';
import { AHEAD, at, createMailWorld, DAILY, days, linesOf, type MailWorld, NOW } from './world.fixture.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await createMailWorld();
});

afterAll(() => world?.close());

const instance = (uid: string, address: string, ...lines: string[]) => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  ...lines,
  'ORGANIZER:mailto:olga@corp.example',
  `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${address}`,
  'END:VEVENT',
];

describe('a series', () => {
  it('comes with exceptions', async () => {
    const host = await world.aHost();
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
    const host = await world.aHost();
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
    const host = await world.aHost();
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
    const host = await world.aHost();
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
    const host = await world.aHost();
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
    const host = await world.aHost();
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

  it('without end by the second fills what can be known, and no more rows than it may', async () => {
    const host = await world.aHost();
    const event = ['DTSTART:20261124T090000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY'];
    expect((await world.send(googleMail(host.to({ uid: 's7', event })))).answer.outcome).toBe('accepted');
    const blocks = await host.blocks();
    expect(blocks.length).toBeLessThanOrEqual(2_000);
    const [, end = ''] = blocks.at(-1)?.split(/[/ ]/) ?? [];
    expect(end > at(NOW + AHEAD)).toBe(true);
  });

  it('at times without a zone, or of whole days, moves with its host at once, to the minute', async () => {
    const host = await world.aHost('Europe/Berlin');
    const floating = ['DTSTART:20261124T090000', 'DTEND:20261124T093000', 'SUMMARY:Walk'];
    const day = ['DTSTART;VALUE=DATE:20261126', 'SUMMARY:Off'];
    const fixed = ['DTSTART:20261127T090000Z', 'DTEND:20261127T093000Z', 'SUMMARY:Call'];
    for (const [uid, event] of Object.entries({ s8: floating, s9: day, s10: fixed })) {
      await world.send(googleMail(host.to({ uid, event })));
    }
    expect(await host.blocks()).toEqual([
      '2026-11-24T08:00/2026-11-24T08:30 BUSY Walk',
      '2026-11-25T23:00/2026-11-26T23:00 BUSY Off',
      '2026-11-27T09:00/2026-11-27T09:30 BUSY Call',
    ]);
    world.published.length = 0;
    await world.move(host.id, 'America/Denver');
    expect(await host.blocks()).toEqual([
      '2026-11-24T16:00/2026-11-24T16:30 BUSY Walk',
      '2026-11-26T07:00/2026-11-27T07:00 BUSY Off',
      '2026-11-27T09:00/2026-11-27T09:30 BUSY Call',
    ]);
    expect(world.published).toEqual([`native:${host.id}`]);
  });

  it('that was read with other zone data is read again by the first sweep of a process', async () => {
    const host = await world.aHost('America/Vancouver');
    await world.send(googleMail(host.to({ uid: 's11', event: DAILY })));
    const where = { hostId: host.id };
    await world.store.invitation.updateMany({
      where,
      data: { zoneData: '2020a', dueAt: new Date(NOW + DAY) },
    });
    await world.restart().slide();
    const { version } = zoneDataInfo();
    expect(await world.store.invitation.findFirst({ where })).toMatchObject({ zoneData: version });
  });
});
